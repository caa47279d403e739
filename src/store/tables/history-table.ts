import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../../domain/errors.ts';
import type { FaceEvent } from '../../domain/event.ts';
import { REF_BYTES, type Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import type { KeyRange } from '../lmdb/table.ts';
import { ownedKey, ownedRange, sequenceKey, sequenceOf } from '../records/key.ts';
import type { Owner } from '../records/person-record.ts';
import { createSealing } from '../records/sealed-record.ts';
import type { CounterTable } from './counter-table.ts';
import { decidedAt, HEAD_BYTES, historyHead, refOf } from './history-record.ts';
import type { PersonTable } from './person-table.ts';
import type { EventSnapshots } from './snapshot-table.ts';

/** Which events to read: those with a greater seq than `after`, of one person where `personId` is given. */
export interface HistoryQuery {
  readonly after: number;
  /** Most rows that are looked at. */
  readonly limit: number;
  readonly personId?: string;
}

/** The events among the rows that were looked at, oldest first; `next` is the `after` of the rows that follow, absent at the end. */
export interface HistoryPage {
  readonly events: FaceEvent[];
  readonly next?: number;
}

/** Events after they were sent, for as long as they may be kept. */
export interface HistoryReader {
  /** Events of persons who were erased are not among them, nor those that cannot be opened: `skipped` is told of each. */
  page(query: HistoryQuery, skipped?: (seq: number, error: FacegateError) => void): HistoryPage;
  /** The greatest seq that an event was given, 0 before the first. */
  lastSeq(): number;
  /** Drops events that were decided before `before` (milliseconds since the epoch), then the oldest beyond the bound; how many they were. */
  prune(before: number): Promise<number>;
  count(): number;
}

/** The table of the history; `add` and `removeOf` only inside a transaction. */
export interface HistoryTable extends HistoryReader {
  /** Drops the oldest where there are more than the bound. */
  add(event: FaceEvent, owner?: Owner): void;
  removeOf(ref: Buffer): void;
}

const TABLE = 'history';
/** Rows in one transaction, or one turn of the event loop: some milliseconds. */
const BATCH = 500;
/** More than one comes, so that the table shrinks where the bound was made smaller. */
const DROPPED_AT_ONCE = 2;

/**
 * Tables `history` (seq -> reference of the person or zeros, time u64 of the decision, event sealed with the person's or the store's key) and
 * `history_by_person` (reference, seq -> nothing); never more than about `maxRows` rows. An event's snapshot goes with it.
 */
export function openHistoryTable(
  environment: Environment,
  secrets: Secrets,
  tables: {
    counters: CounterTable;
    persons: Pick<PersonTable, 'owner' | 'refOf'>;
    snapshots: EventSnapshots;
    maxRows: number;
  },
): HistoryTable {
  const { counters, persons, snapshots, maxRows } = tables;
  const history = environment.table(TABLE);
  const byPerson = environment.table('history_by_person');
  const sealing = createSealing(TABLE);

  const open = (
    key: Buffer,
    record: Buffer,
    ownerOf: (ref: Buffer) => Owner | undefined,
  ): FaceEvent | undefined => {
    if (record.length < HEAD_BYTES)
      throw new FacegateError('internal', `The store holds a damaged record (${TABLE}).`);
    const ref = refOf(record);
    const owner = ref && ownerOf(ref);
    if (ref && !owner) return undefined;
    return sealing.openJson(key, owner?.key ?? secrets.recordKey, record.subarray(HEAD_BYTES));
  };

  const drop = (key: Buffer): void => {
    const record = history.get(key);
    if (!record) return;
    const ref = refOf(record);
    history.remove(key);
    snapshots.drop(key);
    if (ref) byPerson.remove(ownedKey(ref, key));
  };

  const dropOldest = (limit: number): void => {
    for (const key of [...history.keys({ limit })]) drop(key);
  };

  function* rowsOf(personId: string, after: Buffer, limit: number): Generator<HistoryRow> {
    const ref = persons.refOf(personId);
    for (const owned of byPerson.keys({ after: ownedKey(ref, after), end: ownedRange(ref).end, limit })) {
      const key = owned.subarray(REF_BYTES);
      yield { key, value: history.get(key) ?? Buffer.alloc(0) };
    }
  }

  const pruneOld = async (before: number): Promise<number> => {
    let pruned = 0;
    // A clock that was wrong for a while has left times out of order, so every row is looked at.
    for (let range: KeyRange | undefined = {}; range; await setImmediate()) {
      const rows: HistoryRow[] = [...history.entries({ ...range, limit: BATCH })];
      const old = rows.filter(({ value }) => decidedAt(value) < before);
      if (old.length > 0)
        await environment.write(() => {
          for (const { key } of old) drop(key);
        });
      pruned += old.length;
      range = rows.length < BATCH ? undefined : { after: rows[BATCH - 1].key };
    }
    return pruned;
  };

  const pruneExcess = async (): Promise<number> => {
    let pruned = 0;
    for (let more = true; more; ) {
      const dropped = await environment.write(() => {
        const excess = Math.min(BATCH, Math.max(0, history.count() - maxRows));
        if (excess > 0) dropOldest(excess);
        return excess;
      });
      pruned += dropped;
      more = dropped === BATCH;
    }
    return pruned;
  };

  return {
    page: ({ after, limit, personId }, skipped) => {
      const from = sequenceKey(after);
      const rows = personId ? rowsOf(personId, from, limit) : history.entries({ after: from, limit });
      const events: FaceEvent[] = [];
      const ownerOf = remembering(persons.owner);
      let [looked, last] = [0, after];
      for (const { key, value } of rows) {
        looked++;
        last = sequenceOf(key);
        try {
          const event = open(key, value, ownerOf);
          if (event) events.push(event);
        } catch (error) {
          if (!(error instanceof FacegateError)) throw error;
          skipped?.(last, error);
        }
      }
      return { events, ...(looked === limit && { next: last }) };
    },
    lastSeq: () => counters.get('outbox_seq'),
    prune: async before => (await pruneOld(before)) + (await pruneExcess()),
    count: () => history.count(),
    add: (event, owner) => {
      const key = sequenceKey(event.seq);
      const head = historyHead(owner, Date.parse(event.decided_at));
      const sealed = sealing.sealJson(key, owner?.key ?? secrets.recordKey, event);
      history.put(key, Buffer.concat([head, sealed]));
      if (owner) byPerson.put(ownedKey(owner.ref, key), Buffer.alloc(0));
      const excess = Math.min(DROPPED_AT_ONCE, history.count() - maxRows);
      if (excess > 0) dropOldest(excess);
    },
    removeOf: ref => {
      for (const owned of [...byPerson.keys(ownedRange(ref))]) {
        const key = owned.subarray(REF_BYTES);
        history.remove(key);
        snapshots.drop(key);
        byPerson.remove(owned);
      }
    },
  };
}

interface HistoryRow {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Most events of a page are about few persons, and each key is sealed itself. */
function remembering(find: (ref: Buffer) => Owner | undefined): (ref: Buffer) => Owner | undefined {
  const found = new Map<string, Owner | undefined>();
  return ref => {
    const id = ref.toString('latin1');
    if (!found.has(id)) found.set(id, find(ref));
    return found.get(id);
  };
}
