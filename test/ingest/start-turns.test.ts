import { describe, expect, it } from 'vitest';
import { createStartTurns } from '../../src/ingest/start-turns.ts';

const never = new AbortController().signal;

/** Turns on a clock that stands still, and how long each caller was told to sleep. */
function turns() {
  const clock = { now: 1000 };
  const slept: number[] = [];
  const created = createStartTurns({
    now: () => clock.now,
    sleep: async ms => void slept.push(ms),
  });
  return { ...created, clock, slept };
}

describe('the turns of cameras to start', () => {
  it('are a quarter of a second apart, the first at once', async () => {
    const { wait, slept } = turns();
    await Promise.all([1, 2, 3, 4].map(() => wait(never)));
    expect(slept).toEqual([0, 250, 500, 750]);
  });

  it('do not pile up while nobody asks', async () => {
    const { wait, slept, clock } = turns();
    await wait(never);
    clock.now += 100;
    await wait(never);
    clock.now += 60_000;
    await wait(never);
    expect(slept).toEqual([0, 150, 0]);
  });

  it('end at once for whoever is stopped, and nobody else waits longer for it', async () => {
    const { wait } = createStartTurns({ everyMs: 200 });
    const stopping = new AbortController();
    const began = performance.now();
    await wait(never);
    const long = [1, 2, 3].map(() => wait(stopping.signal));
    setTimeout(() => stopping.abort(), 20);
    await Promise.all(long);
    expect(performance.now() - began).toBeLessThan(600);
  });

  it('are not used up by those who were stopped before', async () => {
    const { wait, slept } = turns();
    await wait(AbortSignal.abort());
    await wait(never);
    expect(slept).toEqual([0]);
  });

  it('are kept on a real clock', async () => {
    const { wait } = createStartTurns({ everyMs: 100 });
    const began = performance.now();
    const starts = await Promise.all([1, 2, 3, 4].map(() => wait(never).then(() => performance.now())));
    // Half a turn is left to a busy machine: a timer counts from when its turn of the event loop began.
    for (const [at, start] of starts.entries()) expect(start - began).toBeGreaterThan(100 * at - 50);
  });
});
