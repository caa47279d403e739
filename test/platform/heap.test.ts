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

/** Says whether something that nobody holds any more is gone, after half a second without anything new. */
const IDLE = `
  const gone = new WeakRef(new Array(1000).fill(0.5));
  const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
  await sleep(500);
  console.log(gone.deref() === undefined);`;

/** Says how many MB of pages are kept for the 30 MB or so that live of 60 MB, a second after the rest was let go. */
const HOLES = `
  let all = Array.from({ length: 400_000 }, (_, i) => ({ i, text: i + 'x', pair: [i, i + 0.5] }));
  all = all.filter(({ i }) => (i * 2654435761) % 10 < 5);
  const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
  await sleep(1500);
  const { heapTotal, heapUsed } = process.memoryUsage();
  console.log(Math.round((100 * heapTotal) / heapUsed), all.length);`;

async function said(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return stdout.trim();
}

async function mostMb(prelude: string): Promise<number> {
  return Number(await said(prelude + PROGRAM));
}

describe('a heap that is kept small', () => {
  it('holds less garbage than one left alone', async () => {
    const alone = await mostMb('');
    const kept = await mostMb(`import { keepHeapSmall } from '${HEAP}'; keepHeapSmall();`);
    expect(kept).toBeLessThan(alone * 0.95);
  });

  it('is collected though nothing new is made', async () => {
    const collecting = `import { keepHeapSmall } from '${HEAP}'; keepHeapSmall({ collectEveryMs: 100 });`;
    expect(await said(IDLE)).toBe('false');
    expect(await said(collecting + IDLE)).toBe('true');
  });

  it('gives back the pages of which half is free', async () => {
    const collecting = `import { keepHeapSmall } from '${HEAP}'; keepHeapSmall({ collectEveryMs: 100 });`;
    expect(Number.parseInt(await said(collecting + HOLES), 10)).toBeLessThan(130);
  });

  it('keeps no program from ending', async () => {
    expect(await said(`import { keepHeapSmall } from '${HEAP}'; keepHeapSmall(); console.log('end');`)).toBe(
      'end',
    );
  });
});
