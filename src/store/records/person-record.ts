import { FacegateError } from '../../domain/errors.ts';
import type { Person } from '../../domain/person.ts';
import { createSealing } from './sealed-record.ts';

/** Name of the table of persons. */
export const PERSONS = 'persons';

/** Whose a record is: what stands for the person in keys, and the key that their records are sealed with. */
export interface Owner {
  readonly ref: Buffer;
  readonly key: Buffer;
}

/** Persons as the table keeps them: slot of the key u32, then the sealed person with the seq of the change that wrote it last. */
export interface PersonRecords {
  seal(owner: Owner, slot: number, seq: number, person: Person): Buffer;
  /** Throws `internal` for a damaged record. */
  open(owner: Owner, record: Buffer): Person;
}

/** The slot of the key that a person's record is sealed with. Throws `internal` for a record too short to have one. */
export function slotOf(record: Buffer): number {
  if (record.length >= SLOT_BYTES) return record.readUInt32LE(0);
  throw new FacegateError('internal', `The store holds a damaged record (${PERSONS}); restore a backup.`);
}

/** The records of the table of persons. */
export function createPersonRecords(): PersonRecords {
  const sealing = createSealing(PERSONS);
  return {
    seal: ({ ref, key }, slot, seq, person) => {
      const head = Buffer.alloc(SLOT_BYTES);
      head.writeUInt32LE(slot, 0);
      const stored: StoredPerson = { seq, person };
      return Buffer.concat([head, sealing.sealJson(ref, key, stored)]);
    },
    open: ({ ref, key }, record) =>
      sealing.openJson<StoredPerson>(ref, key, record.subarray(SLOT_BYTES)).person,
  };
}

const SLOT_BYTES = 4;

interface StoredPerson {
  readonly seq: number;
  readonly person: Person;
}
