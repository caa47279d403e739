import type { FaceEvent, UnstampedEvent } from '../domain/event.ts';
import type { FaceCrop, Image } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';
import type { Outbox } from './outbox.ts';

/** Where snapshots are kept; the store implements it. */
export interface SnapshotTable {
  /** Durable when resolved; `false` where the event is not there any more. */
  put(seq: number, jpeg: Uint8Array): Promise<boolean>;
  get(seq: number): Uint8Array | undefined;
}

/** Of which events the face crop is kept: of those that name a person, and of those that name nobody. */
export interface SnapshotPolicy {
  readonly known: boolean;
  readonly unknown: boolean;
}

/** Adds events to the outbox, and keeps the face crop that each rests on beside it. */
export interface Snapshots {
  /**
   * As `outbox.add`, which never waits for a snapshot; a crop is cut in the call, and only where it is to be kept. The event says `snapshot` where its crop will be kept: one that can no longer be, for
   * the store or the encoder fails, is counted as dropped.
   */
  add(event: UnstampedEvent, crop?: FaceCrop): Promise<FaceEvent | undefined>;
  /** The JPEG bytes of the event's crop, also where it is being written now. Throws `internal` where it cannot be opened. */
  read(seq: number): Promise<Uint8Array | undefined>;
  /** Crops that should have been kept and were not, since the start. */
  dropped(): number;
  /** Waits for those that are under way. */
  close(): Promise<void>;
}

/** Crops that wait in memory, 300 KB each at most: some seconds of a busy entrance. */
const MOST_UNDERWAY = 16;

/** The snapshots of an outbox; `encode` makes a JPEG of rgb24 off this thread. */
export function createSnapshots(parts: {
  outbox: Pick<Outbox, 'add'>;
  table: SnapshotTable;
  policy: SnapshotPolicy;
  encode: (crop: Image) => Promise<Uint8Array>;
  log: Logger;
}): Snapshots {
  const { outbox, table, policy, encode, log } = parts;
  const underway = new Set<Promise<void>>();
  let dropped = 0;
  let wasDropping = false;

  const drop = (reason: string, error?: unknown): void => {
    dropped++;
    if (!wasDropping)
      log.warn(
        { reason, dropped, ...(error !== undefined && { err: error }) },
        'A snapshot of an event was dropped, and others may be until one is kept again; the events are not.',
      );
    wasDropping = true;
  };

  const keep = async (seq: number, crop: Image): Promise<void> => {
    try {
      await table.put(seq, await encode(crop));
      wasDropping = false;
    } catch (error) {
      drop('not_written', error);
    }
  };

  const isWanted = (event: UnstampedEvent): boolean => ('person' in event ? policy.known : policy.unknown);

  const addWith = async (event: UnstampedEvent, crop: Image): Promise<FaceEvent | undefined> => {
    // Its place is taken before the event says that there is one.
    const { promise: work, resolve: begin } = deferred();
    underway.add(work);
    void work.finally(() => underway.delete(work));
    try {
      const stored = await outbox.add(event, { hasSnapshot: true });
      begin(stored && keep(stored.seq, crop));
      return stored;
    } finally {
      begin();
    }
  };

  return {
    add: async (event, crop) => {
      if (crop === undefined || !isWanted(event)) return outbox.add(event);
      const image = underway.size < MOST_UNDERWAY ? crop() : undefined;
      if (image !== undefined) return addWith(event, image);
      drop(underway.size < MOST_UNDERWAY ? 'picture_gone' : 'too_many');
      return outbox.add(event);
    },
    read: async seq => {
      const jpeg = table.get(seq);
      if (jpeg !== undefined) return jpeg;
      await Promise.all(underway);
      return table.get(seq);
    },
    dropped: () => dropped,
    close: async () => {
      await Promise.all(underway);
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: (value?: Promise<void>) => void } {
  let resolve: (value?: Promise<void>) => void = () => undefined;
  const promise = new Promise<void>(settle => {
    resolve = value => settle(value);
  });
  return { promise, resolve };
}
