import type { FaceEvent } from '../domain/event.ts';
import type { Connection } from './environment.ts';
import { streamedEvent } from './event-answer.ts';
import type { ApiHistory, HistoryReading } from './history.ts';
import { bytesOf } from './live-body.ts';

/** Bounds of those who listen to events; times in milliseconds. */
export interface StreamLimits {
  /** Who listens at once. */
  readonly inAll: number;
  /** A listener who has taken nothing for so long is cut off. */
  readonly stalledMs: number;
  /** Where nothing came for so long a comment is sent, so that both ends notice a broken connection. */
  readonly heartbeatMs: number;
}

/** When a stream ends although its reader would go on. */
export interface StreamRules
  extends Pick<StreamLimits, 'stalledMs' | 'heartbeatMs'>,
    Pick<Connection, 'closing' | 'hangUp'> {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Asked now and then; a stream ends when its token does. */
  readonly isAllowed: () => boolean;
  /** Called once, whatever ended it. */
  readonly onEnd: () => void;
}

const OPENING = 'retry: 5000\n\n';
const HEARTBEAT = ': still here\n\n';
const ENDING = ': end\n\n';
const CHECKS_PER_HEARTBEAT = 30;

/**
 * Events as Server-Sent Events, first those of the past and then each as it comes. All are read from the history, in order of `seq`, when the
 * reader has taken the ones before: nothing is queued, and there is no seam at which one could be missing or come twice.
 */
export function eventStream(
  history: Pick<ApiHistory, 'subscribe'>,
  reading: HistoryReading,
  rules: StreamRules,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { closing, hangUp, stalledMs, heartbeatMs } = rules;
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let isAwaited = false;
  let hasEnded = false;
  let hasNews = true;
  let sentAt = performance.now();
  let wake = () => {};

  const send = (text: string) => {
    isAwaited = false;
    sentAt = performance.now();
    controller.enqueue(bytesOf(text));
  };

  const release = () => {
    if (hasEnded) return;
    hasEnded = true;
    unsubscribe();
    clearInterval(timer);
    closing?.removeEventListener('abort', finish);
    wake();
    rules.onEnd();
  };

  const finish = () => {
    if (hasEnded) return;
    release();
    if (isAwaited) controller.enqueue(bytesOf(ENDING));
    // Who has not even taken the last event would keep the connection open without end.
    else hangUp?.();
    controller.close();
  };

  const check = () => {
    const silentMs = performance.now() - sentAt;
    if (!rules.isAllowed() || (!isAwaited && silentMs >= stalledMs)) finish();
    else if (isAwaited && silentMs >= heartbeatMs) {
      send(HEARTBEAT);
      wake();
    }
  };

  const fill = async () => {
    isAwaited = true;
    while (isAwaited && !hasEnded) {
      if (!hasNews) {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
        continue;
      }
      hasNews = false;
      const events = await reading.read();
      hasNews ||= !reading.isAtEnd();
      if (events.length > 0 && !hasEnded) send(events.map(event => eventText(event, rules.now())).join(''));
    }
  };

  const unsubscribe = history.subscribe(() => {
    hasNews = true;
    wake();
  });
  const timer = setInterval(check, Math.min(stalledMs, heartbeatMs) / CHECKS_PER_HEARTBEAT);
  closing?.addEventListener('abort', finish);

  return new ReadableStream(
    {
      start: created => {
        controller = created;
        controller.enqueue(bytesOf(OPENING));
        if (closing?.aborted) finish();
      },
      pull: () =>
        fill().catch((error: unknown) => {
          release();
          throw error;
        }),
      cancel: release,
    },
    // Without it, the stream would read on before its reader asks.
    { highWaterMark: 0 },
  );
}

function eventText(event: FaceEvent, now: number): string {
  const data = JSON.stringify(streamedEvent(event, now));
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${data}\n\n`;
}
