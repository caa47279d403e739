import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createPump } from '../../src/events/pump.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { recordingLogger, testOutbox, unstamped } from './publishing.ts';

/** A link that remembers what was sent and answers when told to. */
function heldLink(window = 64) {
  const waiting = new Map<number, (error?: unknown) => void>();
  const sent: number[] = [];
  return {
    sent,
    waiting,
    link: {
      window,
      send: ({ seq }: { seq: number }, done: (error?: unknown) => void) => {
        sent.push(seq);
        waiting.set(seq, done);
      },
    },
    acknowledge(seq: number, error?: unknown) {
      const done = waiting.get(seq)!;
      waiting.delete(seq);
      done(error);
    },
  };
}

async function filled(count: number) {
  const outbox = testOutbox();
  for (let track = 0; track < count; track++) await outbox.add(unstamped(track));
  return outbox;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe('the pump', () => {
  it('sends the oldest first and no more than the window', async () => {
    const held = heldLink();
    const outbox = await filled(100);
    const pump = createPump({ outbox, log: silentLogger });
    pump.attach(held.link);
    expect(held.sent).toEqual(numbers(1, 64));
    expect(pump.inFlight()).toBe(64);
    expect(outbox.count()).toBe(100);
  });

  it('removes only what the broker has, and then sends on', async () => {
    const held = heldLink();
    const outbox = await filled(100);
    const pump = createPump({ outbox, log: silentLogger });
    pump.attach(held.link);
    for (const seq of [5, ...numbers(10, 63)]) held.acknowledge(seq);
    await sleep(10);
    expect(held.sent).toEqual(numbers(1, 100));
    expect(outbox.read(0, 1000).map(row => row.seq)).toEqual([1, 2, 3, 4, 6, 7, 8, 9, ...numbers(64, 100)]);
  });

  it('goes through one by one where the broker allows a window of 1', async () => {
    const held = heldLink(1);
    const pump = createPump({ outbox: await filled(3), log: silentLogger });
    pump.attach(held.link);
    for (const seq of [1, 2, 3]) {
      expect(held.sent.at(-1)).toBe(seq);
      held.acknowledge(seq);
      await sleep(5);
    }
    expect(pump.inFlight()).toBe(0);
  });

  it('sends a new event in the same turn in which it is poked', async () => {
    const held = heldLink();
    const outbox = testOutbox();
    const pump = createPump({ outbox, log: silentLogger });
    pump.attach(held.link);
    await outbox.add(unstamped(1));
    pump.poke();
    expect(held.sent).toEqual([1]);
  });

  it('begins again with the oldest after a cut, and does not count an answer that comes over the old connection', async () => {
    const [old, fresh] = [heldLink(), heldLink()];
    const outbox = await filled(3);
    const pump = createPump({ outbox, log: silentLogger });
    pump.attach(old.link);
    old.acknowledge(1);
    await sleep(5);
    pump.detach();
    expect(pump.inFlight()).toBe(0);
    pump.attach(fresh.link);
    expect(fresh.sent).toEqual([2, 3]);
    old.acknowledge(2);
    await sleep(5);
    expect(outbox.count()).toBe(2);
  });

  it('does not send again what the broker has while its removal is still being written', async () => {
    const [old, fresh] = [heldLink(), heldLink()];
    const outbox = await filled(2);
    let written: () => void = () => undefined;
    const remove = async (seqs: readonly number[]) => {
      await new Promise<void>(resolve => {
        written = resolve;
      });
      await outbox.remove(seqs);
    };
    const pump = createPump({ outbox: { read: outbox.read, remove }, log: silentLogger });
    pump.attach(old.link);
    old.acknowledge(1);
    pump.detach();
    pump.attach(fresh.link);
    expect(fresh.sent).toEqual([2]);
    written();
    await sleep(5);
    expect(outbox.read(0, 10).map(row => row.seq)).toEqual([2]);
  });

  it('keeps an event that the broker refuses, rests, says so once, and tries again', async () => {
    const { log, entries } = recordingLogger();
    const held = heldLink();
    const outbox = await filled(3);
    const pump = createPump({ outbox, log, refusedPauseMs: 40 });
    pump.attach(held.link);
    for (const seq of [1, 2, 3]) held.acknowledge(seq, new Error('Not authorized'));
    await outbox.add(unstamped(4));
    pump.poke();
    expect(held.sent).toEqual([1, 2, 3]);
    await sleep(100);
    expect(held.sent).toEqual([1, 2, 3, 1, 2, 3, 4]);
    expect(entries).toMatchObject([{ level: 'warn', reason: 'Not authorized' }]);
    pump.detach();
  });

  it('drains: sends nothing new and resolves when all that was sent is answered and removed', async () => {
    const held = heldLink();
    const outbox = await filled(2);
    const pump = createPump({ outbox, log: silentLogger });
    pump.attach(held.link);
    let drained = false;
    const draining = pump.drain().then(() => {
      drained = true;
    });
    await outbox.add(unstamped(3));
    pump.poke();
    held.acknowledge(1);
    await sleep(5);
    expect(drained).toBe(false);
    held.acknowledge(2);
    await draining;
    expect(held.sent).toEqual([1, 2]);
    expect(outbox.read(0, 10).map(row => row.seq)).toEqual([3]);
  });

  it('drains at once when nothing is under way', async () => {
    await expect(createPump({ outbox: testOutbox(), log: silentLogger }).drain()).resolves.toBeUndefined();
  });
});
