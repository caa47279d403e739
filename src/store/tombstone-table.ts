import type { Environment } from './environment.ts';
import { sealJson } from './record.ts';
import type { Secrets } from './secrets.ts';

/** Persons who were deleted: they never come back, not by a change that was under way and not out of a backup. Names nobody. */
export interface TombstoneTable {
  has(personId: string): boolean;
  /** Inside a transaction; `at` in milliseconds since the epoch. */
  put(personId: string, deletion: { seq: number; at: number }): void;
}

/** Table `tombstones` (reference of the person -> seq and time). */
export function openTombstoneTable(environment: Environment, secrets: Secrets): TombstoneTable {
  const tombstones = environment.table('tombstones');
  return {
    has: personId => tombstones.has(secrets.personRef(personId)),
    put: (personId, deletion) => tombstones.put(secrets.personRef(personId), sealJson(deletion)),
  };
}
