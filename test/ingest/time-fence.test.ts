import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { fenceTime, type TimeLimits } from '../../src/ingest/time-fence.ts';

let child: ChildProcess | undefined;
afterEach(async () => {
  child?.kill('SIGKILL');
  if (child?.exitCode === null && child.signalCode === null) await once(child, 'exit');
});

/** How long a process that does this is let live, in milliseconds; undefined where it is not ended within two seconds. */
async function fenced(program: string, limits: TimeLimits): Promise<number | undefined> {
  child = spawn('/bin/sh', ['-c', program]);
  const began = performance.now();
  const over = new Promise<number>(resolve => {
    fenceTime(child!.pid!, limits, () => resolve(performance.now() - began));
  });
  return Promise.race([over, sleep(2000, undefined)]);
}

describe('a fence of time', () => {
  it('ends a process that computes for too long, long before its time on the clock is over', async () => {
    expect(await fenced('while :; do :; done', { cpuMs: 100, wallMs: 60_000 })).toBeGreaterThanOrEqual(50);
  });

  it('lets a process be that waits for its turn', async () => {
    expect(await fenced('sleep 60', { cpuMs: 100, wallMs: 60_000 })).toBeUndefined();
  });

  it('ends a process that takes too long by the clock', async () => {
    expect(await fenced('sleep 60', { cpuMs: 60_000, wallMs: 200 })).toBeGreaterThanOrEqual(200);
  });

  it('is nothing to a process whose fence was lifted', async () => {
    child = spawn('/bin/sleep', ['60']);
    let isOver = false;
    fenceTime(child.pid!, { cpuMs: 10, wallMs: 10 }, () => {
      isOver = true;
    })();
    await sleep(200);
    expect(isOver).toBe(false);
  });
});
