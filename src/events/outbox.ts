import type { FacegateError } from '../domain/errors.ts';
import type { FaceEvent, UnstampedEvent } from '../domain/event.ts';
import type { Logger } from '../platform/logger.ts';

/** The durable rows behind the outbox, in order of `seq`; the store implements it. */
export interface OutboxTable {
  /** Gives the next `seq` (from 1, never reused) to `build` and stores what it returns; durable when resolved. Undefined if nothing was stored because the person it names is erased. */
  append(build: (seq: number) => FaceEvent): Promise<FaceEvent | undefined>;
  /** At most `limit` events with a greater `seq`, oldest first, without those that are damaged: `skipped` is told of each. */
  read(afterSeq: number, limit: number, skipped: (seq: number, error: FacegateError) => void): FaceEvent[];
  /** Removes rows; one that is gone already is no error. */
  remove(seqs: readonly number[]): Promise<void>;
  /** Removes the oldest rows until `maxRows` are left; tells how many went. */
  trim(maxRows: number): Promise<number>;
  count(): number;
}

/** The queue between decisions and the broker: durable, ordered, bounded. */
export interface Outbox {
  /** Stamps the event and stores it; durable when resolved. Undefined, and nothing is sent, if the person it names is erased. */
  add(event: UnstampedEvent): Promise<FaceEvent | undefined>;
  /** Calls the listener with every event from now on, right after it became durable; returns the function that stops it. */
  subscribe(listener: (event: FaceEvent) => void): () => void;
  /** At most `limit` events with a greater `seq`, oldest first; damaged ones stay where they are and are not among them. */
  read(afterSeq: number, limit: number): FaceEvent[];
  remove(seqs: readonly number[]): Promise<void>;
  count(): number;
  /** Events found damaged since the start. */
  damaged(): number;
  /** Events that were dropped unsent since the start because the outbox was full. */
  dropped(): number;
}

/** An outbox over `table` that never keeps more than `maxRows` rows: the oldest go first. `ids` gives event ids. */
export function openOutbox(options: {
  table: OutboxTable;
  node: string;
  ids: () => string;
  maxRows: number;
  log: Logger;
}): Outbox {
  const { table, node, ids, maxRows, log } = options;
  const listeners = new Set<(event: FaceEvent) => void>();
  const damaged = new Set<number>();
  let trimming = false;
  let dropped = 0;

  /** Makes room for one per cent at once, so that a full outbox does not cost a second transaction per event. */
  async function makeRoom(): Promise<void> {
    if (trimming || table.count() <= maxRows) return;
    trimming = true;
    try {
      const removed = await table.trim(maxRows - Math.floor(maxRows / 100));
      dropped += removed;
      log.warn(
        { removed, dropped, maxRows },
        'The outbox is full because the broker takes no events; dropped the oldest.',
      );
    } finally {
      trimming = false;
    }
  }

  /** Once, though the row is read again with every connection. */
  function tellDamage(seq: number, { message }: FacegateError): void {
    if (damaged.has(seq)) return;
    damaged.add(seq);
    log.error(
      { seq, reason: message, damaged: damaged.size },
      'An event is damaged and will not be sent; those after it are.',
    );
  }

  /** What a listener does wrong is not the fault of the part that added the event. */
  function tell(event: FaceEvent): void {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        log.error({ err: error, seq: event.seq }, 'An event was stored but could not be passed on.');
      }
    }
  }

  return {
    async add(event) {
      const stored = await table.append(seq => ({ schema: 1, event_id: ids(), seq, node, ...event }));
      if (stored === undefined) return undefined;
      tell(stored);
      await makeRoom();
      return stored;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    read: (afterSeq, limit) => table.read(afterSeq, limit, tellDamage),
    remove: seqs => table.remove(seqs),
    count: () => table.count(),
    damaged: () => damaged.size,
    dropped: () => dropped,
  };
}
