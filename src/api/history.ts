import { setImmediate } from 'node:timers/promises';
import type { FaceEvent } from '../domain/event.ts';

/** Events of the past, and news of those that come. */
export interface ApiHistory {
  /**
   * Looks at no more than `limit` events with a greater seq than `after`, of one person where `personId` is given: those that are still there,
   * oldest first. `next` is the `after` of what follows, absent at the end.
   */
  page(query: { after: number; limit: number; personId?: string }): {
    readonly events: readonly FaceEvent[];
    readonly next?: number;
  };
  /** The greatest seq that an event was given, 0 before the first. */
  lastSeq(): number;
  /** Calls back whenever an event has become durable; the answer ends that. */
  subscribe(onEvent: () => void): () => void;
}

/** Which events a caller asks for; only those of their own customer. */
export interface EventFilter {
  readonly customerId: string;
  readonly type?: FaceEvent['type'] | undefined;
  readonly camera?: string | undefined;
  readonly personId?: string | undefined;
}

/** Goes through the history, some rows in each turn of the event loop. */
export interface HistoryReading {
  /** What fits among the rows that are looked at next; there may be none. */
  read(): Promise<readonly FaceEvent[]>;
  /** Whether all rows were looked at that there were; more may have come since. */
  isAtEnd(): boolean;
  /** The seq up to which all rows were looked at. */
  position(): number;
}

/** Rows opened in one turn of the event loop: some milliseconds. */
const PER_TURN = 100;

/** Reads what fits the filter, beginning behind the seq `after`. */
export function readHistory(history: ApiHistory, filter: EventFilter, after: number): HistoryReading {
  const { customerId, type, camera, personId } = filter;
  let position = after;
  let atEnd = false;
  const fits = (event: FaceEvent): boolean =>
    event.customer === customerId &&
    (type === undefined || event.type === type) &&
    (camera === undefined || event.camera === camera);
  return {
    read: async () => {
      await setImmediate();
      const query = { after: position, limit: PER_TURN, ...(personId !== undefined && { personId }) };
      const { events, next } = history.page(query);
      position = next ?? events.at(-1)?.seq ?? position;
      atEnd = next === undefined;
      return events.filter(fits);
    },
    isAtEnd: () => atEnd,
    position: () => position,
  };
}
