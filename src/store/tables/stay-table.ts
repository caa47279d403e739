import { REF_BYTES } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { idKey, ownedKey, ownedRange } from '../records/key.ts';
import type { Owner } from '../records/person-record.ts';
import { createSealing } from '../records/sealed-record.ts';
import type { PersonTable } from './person-table.ts';

/** Who was let in at a door and is not known to have left, so that nobody is let in twice because the daemon was restarted. */
export interface StayReader {
  /** Ids of the persons. Throws `internal` for a damaged record, of whatever door. */
  at(door: string): string[];
  /** The persons have left; durable when resolved. */
  over(door: string, personIds: readonly string[]): Promise<void>;
}

/** The table of stays; `letIn` and `removeOf` only inside a transaction. */
export interface StayTable extends StayReader {
  letIn(owner: Owner, personId: string, door: string): void;
  removeOf(ref: Buffer): void;
}

const TABLE = 'stays';

/** Table `stays` (reference, id of the door -> sealed id of the person). */
export function openStayTable(
  environment: Environment,
  persons: Pick<PersonTable, 'owner' | 'refOf'>,
): StayTable {
  const stays = environment.table(TABLE);
  const sealing = createSealing(TABLE);

  return {
    at: door => {
      const wanted = idKey(door);
      return [...stays.entries()].flatMap(({ key, value }) => {
        const owner = persons.owner(key.subarray(0, REF_BYTES));
        const personId = owner && sealing.openJson<string>(key, owner.key, value);
        return personId !== undefined && key.subarray(REF_BYTES).equals(wanted) ? [personId] : [];
      });
    },
    over: (door, personIds) =>
      environment.write(() => {
        for (const personId of personIds) stays.remove(ownedKey(persons.refOf(personId), idKey(door)));
      }),
    letIn: ({ ref, key }, personId, door) => {
      const place = ownedKey(ref, idKey(door));
      stays.put(place, sealing.sealJson(place, key, personId));
    },
    removeOf: ref => {
      for (const key of [...stays.keys(ownedRange(ref))]) stays.remove(key);
    },
  };
}
