import type { FaceEvent } from '../domain/event.ts';
import type { CounterTable } from './counter-table.ts';
import type { Environment } from './environment.ts';
import { ownedKey, ownedRange, sequenceKey, sequenceOf } from './key.ts';
import type { PersonReader } from './person-table.ts';
import { openJson, sealJson } from './record.ts';

/** Events that wait for their delivery, ordered by their sequence number, which never repeats. */
export interface OutboxTable {
  /**
   * `build` gets the next seq inside the transaction and returns the event with it; durable when resolved.
   * Writes nothing and resolves `undefined` where the event names a person who is no longer enrolled.
   */
  append(build: (seq: number) => FaceEvent): Promise<FaceEvent | undefined>;
  read(afterSeq: number, limit: number): FaceEvent[];
  remove(seqs: readonly number[]): Promise<void>;
  /** Drops the oldest until at most `maxRows` remain; returns how many were dropped. */
  trim(maxRows: number): Promise<number>;
  count(): number;
}

/** The outbox as a change of the gallery sees it: inside a transaction. */
export interface PersonEvents {
  removeOf(personId: string): void;
}

/** Tables `outbox` (seq -> event) and `outbox_by_person` (person id, 0, seq -> nothing). */
export function openOutboxTable(
  environment: Environment,
  counters: CounterTable,
  persons: PersonReader,
): OutboxTable & PersonEvents {
  const outbox = environment.table('outbox');
  const byPerson = environment.table('outbox_by_person');

  const drop = (key: Buffer): void => {
    const record = outbox.get(key);
    if (!record) return;
    const personId = personIdOf(eventOf(record));
    outbox.remove(key);
    if (personId !== undefined) byPerson.remove(ownedKey(personId, key));
  };

  return {
    append: build =>
      environment.write(
        () => {
          const seq = counters.get('outbox_seq') + 1;
          const event = build(seq);
          const personId = personIdOf(event);
          if (personId !== undefined) {
            if (!persons.get(personId)) return undefined;
            byPerson.put(ownedKey(personId, sequenceKey(seq)), Buffer.alloc(0));
          }
          outbox.put(sequenceKey(seq), sealJson(event));
          counters.set('outbox_seq', seq);
          return event;
        },
        { needsRoom: true },
      ),
    read: (afterSeq, limit) =>
      [...outbox.entries({ after: sequenceKey(afterSeq), limit })].map(({ value }) => eventOf(value)),
    remove: seqs =>
      environment.write(() => {
        for (const seq of seqs) drop(sequenceKey(seq));
      }),
    trim: maxRows =>
      environment.write(() => {
        const excess = Math.max(0, outbox.count() - maxRows);
        if (excess > 0) for (const key of [...outbox.keys({ limit: excess })]) drop(key);
        return excess;
      }),
    count: () => outbox.count(),
    removeOf: personId => {
      for (const key of [...byPerson.keys(ownedRange(personId))]) {
        outbox.remove(sequenceKey(sequenceOf(key)));
        byPerson.remove(key);
      }
    },
  };
}

function eventOf(record: Buffer): FaceEvent {
  return openJson<FaceEvent>(record, 'outbox');
}

function personIdOf(event: FaceEvent): string | undefined {
  return 'person' in event ? event.person.miicloud_person_id : undefined;
}
