import { setTimeout as pause } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { startStallWatchdog } from '../../src/ingest/stall-watchdog.ts';

function watch(firstMs: number, everyMs: number) {
  const stalls: number[] = [];
  const started = performance.now();
  const watchdog = startStallWatchdog({
    firstMs,
    everyMs,
    onStall: () => void stalls.push(performance.now() - started),
  });
  return { ...watchdog, stalls };
}

describe.concurrent('the stall watchdog', () => {
  it('bites once where nothing ever comes', async () => {
    const { stalls } = watch(50, 10);
    await pause(200);
    expect(stalls).toHaveLength(1);
    expect(stalls[0]).toBeGreaterThanOrEqual(49);
  });

  it('bites after the last beat', async () => {
    const { beat, stalls } = watch(5000, 50);
    for (let beats = 0; beats < 3; beats++) {
      beat();
      await pause(5);
    }
    expect(stalls).toHaveLength(0);
    await pause(200);
    expect(stalls).toHaveLength(1);
    beat();
    await pause(200);
    expect(stalls).toHaveLength(1);
  });

  it('does not bite when it was stopped', async () => {
    const { stop, stalls } = watch(20, 20);
    stop();
    await pause(100);
    expect(stalls).toHaveLength(0);
  });

  it('does not take a busy thread for a stall: what waits to be read is read first', async () => {
    const { port1, port2 } = new MessageChannel();
    const { beat, stop, stalls } = watch(5000, 30);
    port2.on('message', beat);
    beat();
    port1.postMessage('a frame');
    const end = performance.now() + 100;
    while (performance.now() < end);
    await pause(10);
    expect(stalls).toHaveLength(0);
    stop();
    port1.close();
  });
});
