import { FacegateError } from '../../domain/errors.ts';
import type { DoorDecision, FaceEvent } from '../../domain/event.ts';
import { REF_BYTES, type Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { ownedKey, ownedRange, sequenceKey, sequenceOf } from '../records/key.ts';
import type { Owner } from '../records/person-record.ts';
import { createSealing } from '../records/sealed-record.ts';
import type { CounterTable } from './counter-table.ts';
import type { HistoryTable } from './history-table.ts';
import type { Journal } from './journal.ts';
import { createOutboxTrimming, type OutboxTrimming } from './outbox-trim.ts';
import type { PersonTable } from './person-table.ts';
import type { PostTable } from './post-table.ts';
import type { StayTable } from './stay-table.ts';

/** Events that wait for their delivery, ordered by their sequence number, which never repeats. */
export interface OutboxTable extends OutboxTrimming {
  /**
   * `build` gets the next seq inside the transaction and returns the event with it; durable when resolved.
   * Writes nothing and resolves `undefined` where the event names a person who is no longer enrolled.
   */
  append(build: (seq: number) => FaceEvent): Promise<FaceEvent | undefined>;
  /** From now on every seq is greater than this; durable when resolved. */
  raise(seq: number): Promise<void>;
  /** At most `limit` events. Throws `internal` for a damaged one; with `skipped`, which is told of each, it is passed over. */
  read(afterSeq: number, limit: number, skipped?: SkippedEvent): FaceEvent[];
  remove(seqs: readonly number[]): Promise<void>;
  count(): number;
  /** Rows, and bytes of the pages that they take. */
  size(): { rows: number; bytes: number };
}

/** Told of an event that cannot be opened. */
export type SkippedEvent = (seq: number, error: FacegateError) => void;

/** The outbox as a change of the gallery sees it: inside a transaction. */
export interface PersonEvents {
  removeOf(ref: Buffer): void;
}

const TABLE = 'outbox';
const NOBODY = Buffer.alloc(REF_BYTES);

/** Tables `outbox` (seq -> reference of the person or zeros, event sealed with the person's or the store's key) and `outbox_by_person` (reference, seq -> nothing). */
export function openOutboxTable(
  environment: Environment,
  secrets: Secrets,
  tables: {
    counters: CounterTable;
    persons: Pick<PersonTable, 'owner'>;
    history: Pick<HistoryTable, 'add'>;
    stays: Pick<StayTable, 'letIn'>;
    posts: Pick<PostTable, 'add'>;
    journal: Journal;
  },
): OutboxTable & PersonEvents {
  const { counters, persons, history, stays, posts, journal } = tables;
  const outbox = environment.table(TABLE);
  const sealing = createSealing(TABLE);
  const byPerson = environment.table('outbox_by_person');

  const put = (seq: number, event: FaceEvent, owner?: Owner): void => {
    const key = sequenceKey(seq);
    const sealed = sealing.sealJson(key, owner?.key ?? secrets.recordKey, event);
    outbox.put(key, Buffer.concat([owner?.ref ?? NOBODY, sealed]));
    if (owner) byPerson.put(ownedKey(owner.ref, key), Buffer.alloc(0));
  };

  const open = ({ key, value }: { key: Buffer; value: Buffer }): FaceEvent | undefined => {
    const ref = refOf(value);
    const owner = ref && persons.owner(ref);
    // An event about nobody enrolled cannot be opened, and is nobody's business any more.
    if (ref && !owner) return undefined;
    return sealing.openJson(key, owner?.key ?? secrets.recordKey, value.subarray(REF_BYTES));
  };

  const read = (afterSeq: number, limit: number, skipped?: SkippedEvent): FaceEvent[] => {
    const events: FaceEvent[] = [];
    for (const row of outbox.entries({ after: sequenceKey(afterSeq) })) {
      if (events.length === limit) break;
      try {
        const event = open(row);
        if (event) events.push(event);
      } catch (error) {
        if (!skipped || !(error instanceof FacegateError)) throw error;
        skipped(sequenceOf(row.key), error);
      }
    }
    return events;
  };

  const drop = (key: Buffer): boolean => {
    const record = outbox.get(key);
    if (!record) return false;
    const ref = refOf(record);
    outbox.remove(key);
    if (ref) byPerson.remove(ownedKey(ref, key));
    return true;
  };

  const size = () => ({ rows: outbox.count(), bytes: outbox.bytes() });
  const trimming = createOutboxTrimming(environment, { entries: outbox.entries, open, size, drop });

  return {
    append: build =>
      environment.write(
        () => {
          const seq = counters.get('outbox_seq') + 1;
          const event = build(seq);
          const personId = personIdOf(event);
          const owner = personId === undefined ? undefined : persons.owner(personId);
          if (personId !== undefined && !owner) return undefined;
          put(seq, event, owner);
          history.add(event, owner);
          posts.add(event);
          counters.set('outbox_seq', seq);
          if (event.type === 'person_seen') journal.sighted(event);
          if (owner && personId && isGrant(event)) stays.letIn(owner, personId, event.door);
          return event;
        },
        { needsRoom: true },
      ),
    raise: seq =>
      environment.write(() => counters.set('outbox_seq', Math.max(seq, counters.get('outbox_seq')))),
    read,
    remove: seqs =>
      environment.write(() => {
        for (const seq of seqs) drop(sequenceKey(seq));
      }),
    ...trimming,
    count: () => outbox.count(),
    size,
    removeOf: ref => {
      for (const key of [...byPerson.keys(ownedRange(ref))]) {
        outbox.remove(sequenceKey(sequenceOf(key)));
        byPerson.remove(key);
      }
    },
  };
}

function refOf(record: Buffer): Buffer | undefined {
  const ref = record.subarray(0, REF_BYTES);
  return ref.equals(NOBODY) ? undefined : ref;
}

function isGrant(event: FaceEvent): event is DoorDecision {
  return event.type === 'door_decision' && event.decision === 'grant';
}

function personIdOf(event: FaceEvent): string | undefined {
  return 'person' in event ? event.person.miicloud_person_id : undefined;
}
