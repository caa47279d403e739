import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const HEAP = new URL('../../dist/src/platform/heap.js', import.meta.url).href;
/** Holds up to 25 MB of ever new arrays, long enough for each to get old, and says how large the heap became in MB. */
const PROGRAM = `
  let most = 0;
  let piece = [];
  for (let round = 0; round < 600; round++) {
    piece.push(new Array(16_000).fill(round + 0.5));
    if (piece.length === 200) piece = [];
    most = Math.max(most, process.memoryUsage().heapTotal);
  }
  console.log(Math.round(most / 1e6));`;

async function mostMb(prelude: string): Promise<number> {
  const args = ['--input-type=module', '-e', prelude + PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

describe('a heap that is kept small', () => {
  it('holds less garbage than one left alone', async () => {
    const alone = await mostMb('');
    const kept = await mostMb(`import { keepHeapSmall } from '${HEAP}'; keepHeapSmall();`);
    expect(kept).toBeLessThan(alone * 0.95);
  });
});
