import type { Feed, ViewerLimits } from './dependencies.ts';
import type { Connection } from './environment.ts';

const CHECK_MS = 500;

/** How a stream of values is written. */
export interface LiveForm<T> {
  readonly opening: string;
  part(value: T): Uint8Array;
  readonly ending: string;
}

/** When a live body ends although its reader would go on. */
export interface LiveRules
  extends Pick<ViewerLimits, 'stalledMs' | 'silentMs'>,
    Pick<Connection, 'closing' | 'hangUp'> {
  /** Asked now and then; a view ends when its token does. */
  readonly isAllowed: () => boolean;
  /** Called once, whatever ended it. */
  readonly onEnd: () => void;
}

/**
 * The newest values of a feed as the body of an answer. Nothing is queued: a reader gets the next value only when it has
 * taken the one before, and what came in between is left out. Watches from the start until it is read no more.
 */
export function liveBody<T>(
  feed: Feed<T>,
  form: LiveForm<T>,
  rules: LiveRules,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { closing, hangUp, stalledMs, silentMs } = rules;
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let newest: T | undefined;
  let isAwaited = false;
  let sentAt = performance.now();
  let cameAt = sentAt;

  const send = (value: T) => {
    newest = undefined;
    isAwaited = false;
    sentAt = performance.now();
    controller.enqueue(form.part(value));
  };

  const release = () => {
    unwatch();
    clearInterval(timer);
    closing?.removeEventListener('abort', finish);
    rules.onEnd();
  };

  const finish = () => {
    release();
    if (isAwaited) controller.enqueue(bytesOf(form.ending));
    // Who has not even taken the last value would keep the connection open without end.
    else hangUp?.();
    controller.close();
  };

  const unwatch = feed.watch(value => {
    cameAt = performance.now();
    if (isAwaited) send(value);
    else newest = value;
  });
  const timer = setInterval(() => {
    const now = performance.now();
    const isStalled = !isAwaited && now - sentAt >= stalledMs;
    if (isStalled || now - cameAt >= silentMs || !rules.isAllowed()) finish();
  }, CHECK_MS);
  closing?.addEventListener('abort', finish);

  return new ReadableStream(
    {
      start: created => {
        controller = created;
        controller.enqueue(bytesOf(form.opening));
        if (closing?.aborted) finish();
      },
      pull: () => {
        if (newest === undefined) isAwaited = true;
        else send(newest);
      },
      cancel: release,
    },
    // Without it, the stream would fetch a value before the reader asks.
    { highWaterMark: 0 },
  );
}

/** The text as UTF-8. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
