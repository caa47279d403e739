import { setTimeout as sleepFor } from 'node:timers/promises';

/** Lets many cameras begin one after the other, so that they do not all probe and decode their first pictures at once. */
export interface StartTurns {
  /** Resolves when it is the caller's turn, or as soon as `signal` aborts; never rejects. */
  wait(signal: AbortSignal): Promise<void>;
}

/** Turns `everyMs` apart; the first is at once. A caller who gives up has used its turn. */
export function createStartTurns(
  options: {
    readonly everyMs?: number;
    /** Milliseconds on a clock that never jumps. */
    readonly now?: () => number;
    /** Resolves after `ms` or rejects when aborted. */
    readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  } = {},
): StartTurns {
  const { everyMs = 250, now = () => performance.now() } = options;
  const sleep = options.sleep ?? ((ms, until) => sleepFor(ms, undefined, { signal: until }));
  let next = Number.NEGATIVE_INFINITY;
  return {
    wait: async signal => {
      if (signal.aborted) return;
      const turn = Math.max(next, now());
      next = turn + everyMs;
      // Rejects only when it is cut short.
      await sleep(turn - now(), signal).catch(() => {});
    },
  };
}
