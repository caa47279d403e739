import { join } from 'node:path';
import { silentLogger } from '../../platform/logger.ts';
import { diskSpace } from '../disk/disk-space.ts';
import { writeDurably } from '../disk/durable-file.ts';
import { KEY_FILE } from '../keys/keyring.ts';
import type { PersonKeys } from '../keys/person-keys.ts';
import { type Environment, openEnvironment } from '../lmdb/environment.ts';
import { forgetPersons } from './forget.ts';

/**
 * Copies the store into the folder `dir` while it is in use: the data first, then the keys as they are at that moment. Whoever was deleted
 * in between has no key there, and is taken out of the copy. The master key is not part of it.
 */
export async function backupStore(parts: {
  environment: Environment;
  keys: Pick<PersonKeys, 'copy'>;
  dir: string;
}): Promise<void> {
  const { environment, keys, dir } = parts;
  await environment.backup(dir);
  writeDurably(join(dir, KEY_FILE), keys.copy());
  environment.refresh();
  const persons = environment.table('persons');
  await withCopy(dir, async copy => {
    const gone = [...copy.table('persons').keys()].filter(ref => !persons.has(ref));
    if (gone.length > 0) await forgetPersons(copy, gone, Date.now());
  });
}

async function withCopy(dir: string, use: (copy: Environment) => Promise<void>): Promise<void> {
  let failure: Error | undefined;
  const onFatal = (error: Error) => {
    failure = error;
  };
  const copy = openEnvironment({ dir, log: silentLogger, onFatal, space: diskSpace });
  try {
    await use(copy);
    if (failure) throw failure;
  } finally {
    await copy.close();
  }
}
