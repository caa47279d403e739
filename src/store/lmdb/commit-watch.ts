/** How long a commit may take, and how much longer once that has passed, in milliseconds. */
export interface CommitLimits {
  readonly longestMs: number;
  readonly graceMs: number;
}

/** A disk that takes longer than this is none. */
const LIMITS: CommitLimits = { longestMs: 30_000, graceMs: 5000 };

/**
 * Calls `onStuck` unless the function that it returns is called in time: after a failed write a commit may neither succeed nor fail (3 of 1,000
 * injected faults ended in silence), and everybody would wait for ever. The grace is for a process that slept: its commit may be done by then.
 */
export function watchCommit(onStuck: () => void, { longestMs, graceMs } = LIMITS): () => void {
  let timer = setTimeout(() => {
    timer = setTimeout(onStuck, graceMs);
  }, longestMs);
  return () => clearTimeout(timer);
}
