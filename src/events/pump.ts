import type { FaceEvent } from '../domain/event.ts';
import type { Logger } from '../platform/logger.ts';
import type { Outbox } from './outbox.ts';

/** How long the queue rests after the broker refused an event (an access rule, a quota). */
const REFUSED_PAUSE_MS = 30_000;

/** One live connection as the pump sees it: `done` is called once the broker has, or refuses, the event. */
export interface EventLink {
  /** Most events that may be under way at once. */
  readonly window: number;
  send(event: FaceEvent, done: (error?: unknown) => void): void;
}

/** Moves events from the outbox to the broker: in order, a window at a time, removed only after the broker has them. */
export interface Pump {
  /** Begins again with the oldest row. */
  attach(link: EventLink): void;
  /** Forgets what was under way; the rows are still in the outbox. */
  detach(): void;
  /** Says that the outbox has something new. */
  poke(): void;
  /** Events sent and not yet removed from the outbox. */
  inFlight(): number;
  /** Sends nothing new and resolves when nothing is under way. */
  drain(): Promise<void>;
}

/** A pump over `outbox`; does nothing until a link is attached. */
export function createPump(options: {
  outbox: Pick<Outbox, 'read' | 'remove'>;
  log: Logger;
  refusedPauseMs?: number;
}): Pump {
  const { outbox, log, refusedPauseMs = REFUSED_PAUSE_MS } = options;
  const sent = new Set<number>();
  const acknowledged = new Set<number>();
  let link: EventLink | undefined;
  let cursor = 0;
  let pause: NodeJS.Timeout | undefined;
  let draining = false;
  let removing = false;
  let idle: (() => void) | undefined;

  function fill(): void {
    while (link !== undefined && pause === undefined && !draining) {
      const room = link.window - sent.size - acknowledged.size;
      // Half a window at a time: one read of the store serves many acknowledgements.
      if (room * 2 < link.window) return;
      const rows = outbox.read(cursor, room);
      if (rows.length === 0) return;
      for (const row of rows) send(row, link);
    }
  }

  function send(event: FaceEvent, over: EventLink): void {
    const { seq } = event;
    cursor = seq;
    if (sent.has(seq) || acknowledged.has(seq)) return;
    sent.add(seq);
    over.send(event, error => {
      if (over !== link || !sent.delete(seq)) return;
      if (error === undefined) acknowledged.add(seq);
      else restAfterRefusal(error);
      void removeAcknowledged();
    });
  }

  function restAfterRefusal(error: unknown): void {
    if (pause !== undefined) return;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ reason, retryInMs: refusedPauseMs }, 'The broker refused an event; check its access rules.');
    pause = setTimeout(() => {
      pause = undefined;
      cursor = 0;
      fill();
    }, refusedPauseMs);
  }

  async function removeAcknowledged(): Promise<void> {
    if (removing) return;
    removing = true;
    try {
      while (acknowledged.size > 0) {
        const batch = [...acknowledged];
        await outbox.remove(batch);
        for (const seq of batch) acknowledged.delete(seq);
        fill();
      }
    } catch (error) {
      log.error({ err: error }, 'Delivered events could not be removed from the outbox.');
    } finally {
      removing = false;
    }
    reportIdle();
  }

  function reportIdle(): void {
    if (sent.size === 0 && !removing) idle?.();
  }

  function forget(): void {
    clearTimeout(pause);
    pause = undefined;
    sent.clear();
    cursor = 0;
  }

  return {
    attach(next) {
      forget();
      link = next;
      fill();
    },
    detach() {
      link = undefined;
      forget();
      reportIdle();
    },
    poke: fill,
    inFlight: () => sent.size + acknowledged.size,
    drain() {
      draining = true;
      return new Promise(resolve => {
        idle = resolve;
        reportIdle();
      });
    },
  };
}
