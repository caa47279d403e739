import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Fault, type FaultResult, runWithFault } from '../support/store-fault.ts';

const child = fileURLToPath(new URL('../../dist/test/support/store-torture-child.js', import.meta.url));
/** `npm run faults:store -- --faults 200` does each up to the 200th. */
const POINTS = [1, 2, 3, 5, 8, 13, 21];

describe('a store whose n-th system call fails', () => {
  it.each<[Fault['call'], Fault['file'], Fault['errno']]>([
    ['pwrite64', 'data.mdb', 'EIO'],
    ['writev', 'data.mdb', 'ENOSPC'],
    // An answer before the disk has the data would stand in the ledger here, and not in the store.
    ['fdatasync', 'data.mdb', 'EIO'],
  ])(
    'ends with 70 when %s of %s fails with %s, and has lost nothing that it told',
    async (call, file, errno) => {
      const results = await each(call, file, errno, POINTS);
      // Now and then lmdb, whose heap a failed commit damages, is faster than the process that ends itself.
      const hasEnded = ({ end, isFatal }: FaultResult) => isFatal || end === 'SIGABRT';
      expect(results.filter(result => !hasEnded(result) || result.faults.length > 0)).toEqual([]);
      expect(Math.max(...results.map(({ acknowledged }) => acknowledged))).toBeGreaterThan(5);
    },
  );

  it.each(['pwrite64', 'fdatasync'] as const)('is intact when %s of the keys fails', async call => {
    const results = await each(call, 'persons.keys', 'EIO', [1, 2, 3, 5]);
    expect(results.filter(({ faults }) => faults.length > 0)).toEqual([]);
  });
});

/** Two at a time. */
async function each(
  call: Fault['call'],
  file: Fault['file'],
  errno: Fault['errno'],
  points: readonly number[],
): Promise<FaultResult[]> {
  const results: FaultResult[] = [];
  const left = [...points];
  const lane = async () => {
    for (let n = left.shift(); n !== undefined; n = left.shift())
      results.push(await runWithFault(child, { call, file, errno, n }));
  };
  await Promise.all([lane(), lane()]);
  return results;
}
