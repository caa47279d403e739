import { StartupError } from '../../domain/errors.ts';
import type { Environment } from '../lmdb/environment.ts';
import { type CounterTable, openCounterTable } from './counter-table.ts';
import type { Journal } from './journal.ts';

/** Version of the tables' layout that this program reads and writes; 1 was never released and was not sealed. */
export const SCHEMA_VERSION = 3;

/** The oldest that can be brought to it. */
const OLDEST_VERSION = 2;

/** The version of the store in `dir`, 0 where it is new. Throws `StartupError` for one that this program cannot read. */
export function schemaOf(environment: Environment, dir: string): number {
  const version = openCounterTable(environment).get('schema');
  if (version > SCHEMA_VERSION)
    throw new StartupError(
      `The store in ${dir} was written by a newer facegate (schema ${version}, this one knows ${SCHEMA_VERSION}); install that version again or restore an older backup.`,
    );
  if (version !== 0 && version < OLDEST_VERSION)
    throw new StartupError(
      `The store in ${dir} is of a facegate before the first release, which did not seal it (schema ${version}): move it away and enroll anew.`,
    );
  return version;
}

/** Makes a new store one of this version, and begins its audit log. */
export function adoptSchema(
  environment: Environment,
  counters: CounterTable,
  journal: Journal,
): Promise<void> {
  return environment.write(() => {
    // Two processes may both have found a new store.
    if (counters.get('schema') !== 0) return;
    counters.set('schema', SCHEMA_VERSION);
    journal.note({ at: Date.now(), act: 'store.create', by: 'system:store' });
  });
}
