import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FacegateError } from '../../../src/domain/errors.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { Act } from '../../../src/store/audit/audit-chain.ts';
import { createAuditQueue } from '../../../src/store/audit/audit-queue.ts';

const act = (at: number): Act => ({ at, act: 'match', by: 'token:0', customerId: 'c' });

describe('the queue before the audit log', () => {
  const written: (readonly Act[])[] = [];
  let isFull = false;
  const record = async (acts: readonly Act[]) => {
    if (isFull) throw new FacegateError('storage_full', 'full');
    written.push(acts);
  };
  const queueOf = (delayMs: number) =>
    createAuditQueue({ record, log: silentLogger, now: () => 99, delayMs });

  it('writes acts together, in their order, a moment later or when it is closed', async () => {
    const queue = queueOf(5);
    for (const at of [1, 2, 3]) queue.add(act(at));
    expect(written).toEqual([]);
    while (written.length === 0) await sleep(5);
    queue.add(act(4));
    await queue.close();
    expect(written).toEqual([[act(1), act(2), act(3)], [act(4)]]);
    written.length = 0;
  });

  it('tells with the next act that fits how many did not', async () => {
    isFull = true;
    const queue = queueOf(1);
    for (const at of [1, 2]) queue.add(act(at));
    await sleep(20);
    queue.add(act(3));
    await sleep(20);
    isFull = false;
    queue.add(act(4));
    await queue.close();
    expect(written).toEqual([
      [{ at: 99, act: 'audit.gap', by: 'system:audit', details: { dropped: 3 } }, act(4)],
    ]);
  });
});
