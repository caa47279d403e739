import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much garbage may pile up before a full collection, in percent of what lives. */
const GROWTH_PERCENT = 25;

/** A full collection of the daemon's main thread takes some 30 ms. */
const COLLECT_EVERY_MS = 5 * 60_000;

/**
 * Has V8 move together what lives on pages of which a fifth is free, some MB at a time; else it waits for pages that are nearly empty.
 * Set for one collection only: as a lasting setting it would make V8 collect again and again.
 */
const COMPACT = 'optimize-for-size';

/**
 * Makes V8 collect before its heap has grown by a quarter, and every `collectEveryMs` in any case, and keeps its nursery at the size that it
 * has (1 MB at the start of a process instead of up to 48), for the whole process. By itself it lets the small heap of a daemon grow to
 * several times its size, a quarter can still take it hours in which nobody can tell garbage from a leak, and ever more pages stay for
 * the few objects that live on them. Call it first in every thread's program: V8 takes the nursery's setting back whenever a thread begins,
 * and each thread collects for itself.
 */
export function keepHeapSmall({ collectEveryMs = COLLECT_EVERY_MS } = {}): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  setFlagsFromString('--semi-space-growth-factor=1');
  // Only a context that is made while the flag is set has the function.
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  setInterval(() => {
    setFlagsFromString(`--${COMPACT}`);
    collect();
    setFlagsFromString(`--no-${COMPACT}`);
  }, collectEveryMs).unref();
}
