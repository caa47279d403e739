import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFairQueue } from '../../src/engine/fair-queue.ts';

interface Job {
  readonly owner: string;
  readonly ms: number;
}

/** What each owner got of one worker that did `turns` jobs, with one more job of the same cost always behind. */
function serve(costs: Readonly<Record<string, number>>, turns: number): Record<string, number> {
  const queue = createFairQueue<Job>();
  const got = Object.fromEntries(Object.keys(costs).map(owner => [owner, 0]));
  for (const [owner, ms] of Object.entries(costs)) queue.add(owner, { owner, ms });
  for (let turn = 0; turn < turns; turn++) {
    const job = queue.next()!;
    got[job.owner] += job.ms;
    queue.charge(job.owner, job.ms);
    queue.add(job.owner, job);
  }
  return got;
}

describe('the fair queue', () => {
  it('gives all who always wait the same time, to within the longest job, whatever their jobs cost', () => {
    const cost = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(
        fc.array(cost, { minLength: 2, maxLength: 8 }),
        fc.integer({ max: 500, min: 1 }),
        (all, turns) => {
          const got = Object.values(serve(Object.fromEntries(all.map((ms, at) => [`${at}`, ms])), turns));
          expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(Math.max(...all));
        },
      ),
    );
  });

  it('lets who asks for little go before who asks for much', () => {
    const queue = createFairQueue<string>();
    for (const job of ['much 1', 'much 2', 'much 3']) queue.add('much', job);
    expect(queue.next()).toBe('much 1');
    queue.charge('much', 80);
    queue.add('little', 'little 1');
    expect([queue.next(), queue.next()]).toEqual(['little 1', 'much 2']);
  });

  it('gives little credit for time in which nothing was asked for', () => {
    const queue = createFairQueue<string>();
    for (let turn = 0; turn < 100; turn++) {
      queue.add('steady', 'steady');
      queue.next();
      queue.charge('steady', 10);
    }
    const order: string[] = [];
    for (const owner of ['steady', 'back']) queue.add(owner, owner);
    for (let turn = 0; turn < 40; turn++) {
      const owner = queue.next()!;
      order.push(owner);
      queue.charge(owner, 10);
      queue.add(owner, owner);
    }
    expect(order.filter(owner => owner === 'steady').length).toBeGreaterThanOrEqual(15);
  });

  it('takes jobs of one kind over all owners, those first who had least, and leaves the rest in order', () => {
    const queue = createFairQueue<string>();
    queue.add('a', 'a1');
    queue.add('a', 'a2 even');
    queue.add('b', 'b1 even');
    queue.add('c', 'c1 even');
    queue.charge('a', 30);
    queue.charge('b', 20);
    expect(queue.take(job => job.endsWith('even'), 2)).toEqual(['c1 even', 'b1 even']);
    expect(queue.length).toBe(2);
    queue.putBack('a', 'a0');
    expect(queue.drain()).toEqual(['a0', 'a1', 'a2 even']);
    expect(queue.next()).toBeUndefined();
  });
});
