/** How long to wait before each new try. */
export interface Backoff {
  /** The next delay in milliseconds; each is longer than the last, up to a limit. */
  next(): number;
  /** Begins again with the shortest. */
  reset(): void;
}

/** Delays of 1, 2, 4 ... 60 s, each times a random factor of 0.5 to 1.5 so that many cameras do not return in step. */
export function createBackoff(options: {
  readonly random: () => number;
  readonly firstMs?: number;
  readonly longestMs?: number;
}): Backoff {
  const { random, firstMs = 1000, longestMs = 60_000 } = options;
  let tries = 0;
  return {
    next: () => jittered(Math.min(longestMs, firstMs * 2 ** Math.min(tries++, 30)), random),
    reset: () => {
      tries = 0;
    },
  };
}

/** A delay times a random factor of 0.5 to 1.5. */
export function jittered(delayMs: number, random: () => number): number {
  return Math.round(delayMs * (0.5 + random()));
}
