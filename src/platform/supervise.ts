import { setTimeout as sleepFor } from 'node:timers/promises';
import { createBackoff, jittered } from './backoff.ts';

/** How one try of a supervised task ended. */
export interface Attempt {
  /** How long it did its work before it ended, in milliseconds. */
  readonly healthyMs: number;
  /** `soon`: backoff from 1 to 60 s. `late`: minutes, for what only a person can mend. `never`: it is finished. */
  readonly retry: 'soon' | 'late' | 'never';
}

/** Time, chance and figures of a supervisor; all have defaults. */
export interface SupervisionOptions {
  readonly random?: () => number;
  /** Resolves after `ms` or rejects when aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly firstDelayMs?: number;
  readonly longestDelayMs?: number;
  readonly lateDelayMs?: number;
  /** A try that was healthy for this long makes the next delay a short one again. */
  readonly healthyAfterMs?: number;
}

/**
 * Runs `attempt` again and again until it says `never` or `signal` aborts; resolves then, and never rejects: an attempt
 * that throws is told to `onError` and counts as unhealthy. `onBackoff` is told each delay in milliseconds before it begins.
 */
export async function supervise(
  attempt: (signal: AbortSignal) => Promise<Attempt>,
  signal: AbortSignal,
  hooks: { readonly onBackoff: (delayMs: number) => void; readonly onError: (error: unknown) => void },
  options: SupervisionOptions = {},
): Promise<void> {
  const random = options.random ?? Math.random;
  const sleep = options.sleep ?? ((ms, until) => sleepFor(ms, undefined, { signal: until }));
  const backoff = createBackoff({
    random,
    ...(options.firstDelayMs === undefined ? {} : { firstMs: options.firstDelayMs }),
    ...(options.longestDelayMs === undefined ? {} : { longestMs: options.longestDelayMs }),
  });
  const { lateDelayMs = 180_000, healthyAfterMs = 30_000 } = options;

  while (!signal.aborted) {
    const { healthyMs, retry } = await attemptSafely(attempt, signal, hooks.onError);
    if (signal.aborted || retry === 'never') return;
    if (healthyMs >= healthyAfterMs) backoff.reset();
    const delay = retry === 'late' ? jittered(lateDelayMs, random) : backoff.next();
    hooks.onBackoff(delay);
    // The sleep rejects only when it is cut short, and then the loop ends.
    await sleep(delay, signal).catch(() => {});
  }
}

async function attemptSafely(
  attempt: (signal: AbortSignal) => Promise<Attempt>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<Attempt> {
  try {
    return await attempt(signal);
  } catch (error) {
    if (!signal.aborted) onError(error);
    return { healthyMs: 0, retry: 'soon' };
  }
}
