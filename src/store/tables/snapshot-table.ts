import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../../domain/errors.ts';
import type { Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { sequenceKey } from '../records/key.ts';
import { createSealing } from '../records/sealed-record.ts';
import { decidedAt, HEAD_BYTES, refOf } from './history-record.ts';
import type { PersonTable } from './person-table.ts';

/** The face crops of events, each kept for no longer than its event. */
export interface SnapshotTable {
  /**
   * Keeps the JPEG bytes of the event `seq`, and drops the oldest beyond the bound; durable when resolved. Writes nothing and resolves `false`
   * where the event is not there any more, as when the person it names was erased. Throws `storage_full`, and `too_large` for what
   * leaves no room for others.
   */
  put(seq: number, jpeg: Uint8Array): Promise<boolean>;
  /** Undefined where none is kept. Throws `internal` where it cannot be opened. */
  get(seq: number): Uint8Array | undefined;
  /** Drops those of events that were decided before `before` (milliseconds since the epoch), then the oldest beyond the bound; how many they were. */
  prune(before: number): Promise<number>;
  count(): number;
}

/** The snapshots as the history sees them: inside a transaction. */
export interface EventSnapshots {
  /** `key` is that of the event. */
  drop(key: Buffer): void;
}

const TABLE = 'snapshots';
/** Rows in one transaction, or one turn of the event loop: some milliseconds. */
const BATCH = 500;

/**
 * Table `snapshots` (seq of the event -> JPEG sealed with the key of the person whom the event names, or the store's); never more than
 * `maxBytes` of pages. Whose it is and how old stands in the row of the event.
 */
export function openSnapshotTable(
  environment: Environment,
  secrets: Secrets,
  { persons, maxBytes }: { persons: Pick<PersonTable, 'owner'>; maxBytes: number },
): SnapshotTable & EventSnapshots {
  const snapshots = environment.table(TABLE);
  const history = environment.table('history');
  const sealing = createSealing(TABLE);

  /** The key that the event's own is sealed with; undefined where the event is gone, or the person it names. */
  const dataKeyOf = (key: Buffer): Buffer | undefined => {
    const event = history.get(key);
    if (event === undefined || event.length < HEAD_BYTES) return undefined;
    const ref = refOf(event);
    return ref ? persons.owner(ref)?.key : secrets.recordKey;
  };

  /** Drops at most `limit` of the oldest until `coming` more bytes fit; how many. */
  const makeRoom = (coming: number, limit: number): number => {
    let dropped = 0;
    while (dropped < limit && snapshots.bytes() + coming > maxBytes) {
      const [oldest] = snapshots.keys({ limit: 1 });
      if (oldest === undefined) break;
      snapshots.remove(oldest);
      dropped++;
    }
    return dropped;
  };

  const pruneOld = async (before: number): Promise<number> => {
    let pruned = 0;
    for (let after: Buffer | undefined, more = true; more; await setImmediate()) {
      const keys: Buffer[] = [...snapshots.keys({ ...(after && { after }), limit: BATCH })];
      // What has lost its event can be read by nobody.
      const old = keys.filter(key => decidedAt(history.get(key) ?? Buffer.alloc(0)) < before);
      if (old.length > 0)
        await environment.write(() => {
          for (const key of old) snapshots.remove(key);
        });
      pruned += old.length;
      after = keys.at(-1);
      more = keys.length === BATCH;
    }
    return pruned;
  };

  const pruneExcess = async (): Promise<number> => {
    let pruned = 0;
    for (let more = true; more; ) {
      const dropped = await environment.write(() => makeRoom(0, BATCH));
      pruned += dropped;
      more = dropped === BATCH;
    }
    return pruned;
  };

  return {
    put: async (seq, jpeg) => {
      if (jpeg.length > maxBytes / 2)
        throw new FacegateError('too_large', 'A snapshot takes more than half of what all of them may take.');
      return environment.write(
        () => {
          const key = sequenceKey(seq);
          const dataKey = dataKeyOf(key);
          if (dataKey === undefined) return false;
          const sealed = sealing.seal(key, dataKey, jpeg);
          makeRoom(sealed.length, Number.POSITIVE_INFINITY);
          snapshots.put(key, sealed);
          return true;
        },
        { needsRoom: true },
      );
    },
    get: seq => {
      const key = sequenceKey(seq);
      const record = snapshots.get(key);
      const dataKey = record && dataKeyOf(key);
      return dataKey && sealing.open(key, dataKey, record);
    },
    prune: async before => (await pruneOld(before)) + (await pruneExcess()),
    count: () => snapshots.count(),
    drop: key => snapshots.remove(key),
  };
}
