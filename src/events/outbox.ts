import type { FacegateError } from '../domain/errors.ts';
import { type FaceEvent, snapshotPath, type UnstampedEvent } from '../domain/event.ts';
import type { Logger } from '../platform/logger.ts';

/** The durable rows behind the outbox, in order of `seq`; the store implements it. */
export interface OutboxTable {
  /** Gives the next `seq` (from 1, never reused) to `build` and stores what it returns; durable when resolved. Undefined if nothing was stored because the person it names is erased. */
  append(build: (seq: number) => FaceEvent): Promise<FaceEvent | undefined>;
  /** At most `limit` events with a greater `seq`, oldest first, without those that are damaged: `skipped` is told of each. */
  read(afterSeq: number, limit: number, skipped: (seq: number, error: FacegateError) => void): FaceEvent[];
  /** Removes rows; one that is gone already is no error. */
  remove(seqs: readonly number[]): Promise<void>;
  /**
   * Removes what was decided before `before` (milliseconds since the epoch), then the oldest of what need not be spared, then the oldest,
   * until the bounds are kept; tells how many went, by type.
   */
  trim(
    bounds: OutboxLimits & { before: number; spare(event: FaceEvent): boolean },
  ): Promise<Readonly<Record<string, number>>>;
  /** What `trim` has removed since the store was made. */
  dropped(): DroppedReport;
  count(): number;
  /** Rows, and bytes of the pages that they take. */
  size(): { rows: number; bytes: number };
}

/** How much may wait for a broker. */
export interface OutboxLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** Events that were dropped unsent since the store was made. */
export interface DroppedReport {
  readonly total: number;
  /** By type of event; `damaged` are those that could not be read. */
  readonly by_type: Readonly<Record<string, number>>;
  /** The greatest `seq` among them; 0 where there are none. */
  readonly newest_seq: number;
}

/** What is to be said of an event. */
export interface AddOptions {
  /** Whether its face crop will be kept. */
  readonly hasSnapshot?: boolean;
}

/** The queue between decisions and the broker: durable, ordered, bounded. */
export interface Outbox {
  /** Stamps the event and stores it; durable when resolved. Undefined, and nothing is sent, if the person it names is erased. */
  add(event: UnstampedEvent, options?: AddOptions): Promise<FaceEvent | undefined>;
  /** Calls the listener with every event from now on, right after it became durable; returns the function that stops it. */
  subscribe(listener: (event: FaceEvent) => void): () => void;
  /** At most `limit` events with a greater `seq`, oldest first; damaged ones stay where they are and are not among them. */
  read(afterSeq: number, limit: number): FaceEvent[];
  remove(seqs: readonly number[]): Promise<void>;
  count(): number;
  /** Events found damaged since the start. */
  damaged(): number;
  /** Events that were dropped unsent because they were too many or too old. */
  dropped(): DroppedReport;
  /** Drops what is too old. Call it now and then: `add` keeps the other bounds by itself. */
  dropOld(): Promise<void>;
}

/** Events about the safety of a door: they are dropped only where nothing else is left to drop, or too old. */
const SECURITY: ReadonlySet<string> = new Set(['attack_suspected', 'camera_tamper', 'door_decision']);
const HOUR_MS = 3_600_000;

/** An outbox over `table` that is kept within `limits`. `ids` gives event ids; `onDropped` is told whenever events were dropped. */
export function openOutbox(options: {
  table: OutboxTable;
  node: string;
  ids: () => string;
  limits: OutboxLimits & { readonly maxAgeHours: number };
  now: () => number;
  log: Logger;
  onDropped?: (report: DroppedReport) => void;
}): Outbox {
  const { table, node, ids, limits, now, log, onDropped } = options;
  const listeners = new Set<(event: FaceEvent) => void>();
  const damaged = new Set<number>();
  let trimming = false;
  let announced = false;

  /** Makes room for one per cent at once, so that a full outbox does not cost a second transaction per event. */
  async function makeRoom(): Promise<void> {
    const { rows, bytes } = table.size();
    const { maxRows, maxBytes } = limits;
    if (rows < maxRows / 2 && bytes < maxBytes / 2) announced = false;
    if (rows <= maxRows && bytes <= maxBytes) return;
    await trim({ maxRows: maxRows - Math.floor(maxRows / 100), maxBytes: maxBytes - maxBytes / 100 });
  }

  async function trim(goals: OutboxLimits): Promise<void> {
    if (trimming) return;
    trimming = true;
    try {
      const before = now() - limits.maxAgeHours * HOUR_MS;
      announce(await table.trim({ ...goals, before, spare: isSecurity }));
    } finally {
      trimming = false;
    }
  }

  /** In the log once per outage; what follows stands in the count. */
  function announce(removed: Readonly<Record<string, number>>): void {
    if (Object.keys(removed).length === 0) return;
    const report = table.dropped();
    if (!announced)
      log.warn(
        { removed, dropped: report.total, ...limits },
        'The broker takes no events and too many wait, or for too long: the oldest are dropped from now on.',
      );
    announced = true;
    onDropped?.(report);
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
    async add(event, { hasSnapshot = false } = {}) {
      const stored = await table.append(seq => ({
        schema: 1,
        event_id: ids(),
        seq,
        node,
        ...event,
        ...(hasSnapshot && { snapshot: snapshotPath(seq) }),
      }));
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
    dropped: () => table.dropped(),
    dropOld: () => trim(limits),
  };
}

function isSecurity({ type }: FaceEvent): boolean {
  return SECURITY.has(type);
}
