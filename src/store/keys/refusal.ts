import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FacegateError, StartupError } from '../../domain/errors.ts';
import { codeOf } from '../lmdb/open-files.ts';
import { KEY_FILE } from './keyring.ts';

/** What to say where the store of `dir` cannot be opened: what cannot be read now cannot be read after a restart either. */
export function refusal(dir: string, error: unknown): unknown {
  if (error instanceof FacegateError) return new StartupError(error.message, { cause: error });
  const code = codeOf(error);
  if (code === undefined) return error;
  return new StartupError(
    `The store in ${dir} cannot be used (${code}): check that its files belong to this process and that their disk takes writes.`,
    { cause: error },
  );
}

/** Throws `StartupError` where keys are there and their data is not: an empty gallery would let nobody in, and nobody would know why. */
export function assertComplete(dir: string): void {
  if (existsSync(join(dir, KEY_FILE)) && !existsSync(join(dir, 'data.mdb'))) throw emptied(dir);
}

/** What to say where the data of a store was lost. */
export function emptied(dir: string): StartupError {
  return new StartupError(
    `The store in ${dir} has keys of persons but no data: restore a backup, or move ${KEY_FILE} away as well to begin anew.`,
  );
}
