import type { Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { sealJson } from '../records/record.ts';

/** Persons who were deleted: they never come back, not by a change that was under way and not out of a backup. Names nobody. */
export interface TombstoneTable {
  has(personId: string): boolean;
  /** Inside a transaction; `at` in milliseconds since the epoch. */
  put(personId: string, deletion: { seq: number; at: number }): void;
}

/** Table `tombstones` (reference of the person -> seq, time and that reference again). */
export function openTombstoneTable(environment: Environment, secrets: Secrets): TombstoneTable {
  const tombstones = environment.table('tombstones');
  return {
    has: personId => tombstones.has(secrets.personRef(personId)),
    put: (personId, deletion) => {
      const ref = secrets.personRef(personId);
      tombstones.put(ref, tombstone(ref, deletion));
    },
  };
}

/** The record of the deletion of the person behind `ref`. */
export function tombstone(ref: Buffer, { seq, at }: { seq: number; at: number }): Buffer {
  return sealJson({ seq, at, of: ref.toString('hex') });
}
