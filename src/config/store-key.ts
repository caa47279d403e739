import { join } from 'node:path';
import { secretOf } from './substitution.ts';

/** Where the key of the store in `dir` is: the credential FACEGATE_STORE_KEY (with the one of before in FACEGATE_STORE_KEY_OLD), else the file `store.key` beside the store. */
export function storeKey(
  dir: string,
  env: Readonly<Record<string, string | undefined>>,
): { file: string; credential?: string; previousCredential?: string } {
  const source = { env, credentialsDir: env.CREDENTIALS_DIRECTORY };
  const credential = secretOf('FACEGATE_STORE_KEY', source);
  const previous = secretOf('FACEGATE_STORE_KEY_OLD', source);
  return {
    file: join(dir, 'store.key'),
    ...(credential && { credential }),
    ...(previous && { previousCredential: previous }),
  };
}
