import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createCodeMemory } from '../../../src/gallery/search/code-memory.ts';
import { createScanThread, type ScanThread } from '../../../src/gallery/search/scan-thread.ts';
import { createSearchQueue, type TemplateRow } from '../../../src/gallery/search/search-queue.ts';
import { createVectorRows } from '../../../src/gallery/vector-rows.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { repeatableRandom } from '../../accuracy/statistics.ts';
import { repositoryRoot } from '../../support/engine.ts';
import { plainSearch, rowOf } from './plain-search.ts';
import { denseVectors } from './vectors.ts';

const workerFile = new URL('dist/src/gallery/search/scan-worker.js', pathToFileURL(`${repositoryRoot}/`));
const DIMENSION = 128;
const ROWS = 8000;
const ROUNDS = 40;
/** With this half of the rows are scanned beside the thread. */
const SMALL_BYTES = (ROWS / 4) * DIMENSION;
const CHANGES = 1000;

describe('searches in the thread while the gallery changes', () => {
  let real: ScanThread;
  afterEach(() => real.close());

  it('see what is in memory that was added after the thread began', async () => {
    const memory = createCodeMemory(DIMENSION);
    const rows = createVectorRows<TemplateRow>(memory);
    const vectors = denseVectors(DIMENSION, 9);
    rows.add(vectors.next().value, rowOf(1, 1));
    real = createScanThread({ file: workerFile, setup: memory, log: silentLogger });
    const job = (probe: Float32Array) => real.scan({ probes: [probe], rows: rows.codes() });
    while (!(await job(vectors.next().value))) await sleep(5);
    const before = memory.memory.buffer.byteLength;
    for (let round = 0; round < 4; round++) {
      const newest = vectors.next().value;
      const same = vectors.next().value;
      for (let i = 0; i < ROWS; i++) rows.add(same, rowOf(2, i));
      rows.add(newest, rowOf(3 + round, 1));
      const [found] = (await job(newest))!;
      expect(found.rows).toContain(rows.count - 1);
      expect(found.proof[0]).toBe(rows.count - 1);
    }
    expect(memory.memory.buffer.byteLength).toBeGreaterThan(before);
  });

  it('are exact at the moment of their answer, through thousands of additions and removals', async () => {
    const memory = createCodeMemory(DIMENSION);
    const rows = createVectorRows<TemplateRow>(memory);
    const vectors = denseVectors(DIMENSION, 7);
    const pool = Array.from({ length: 4000 }, () => vectors.next().value);
    const random = repeatableRandom(3);
    let owners = 0;
    let [added, removed, scanned] = [0, 0, 0];
    const add = () => rows.add(pool[Math.floor(random() * pool.length)], rowOf(1 + (owners++ >> 1), owners));
    while (rows.count < ROWS) add();
    real = createScanThread({ file: workerFile, setup: memory, log: silentLogger });
    const thread: ScanThread = {
      scan: async job => {
        const found = await real.scan(job);
        if (found) scanned += job.probes.length;
        return found;
      },
      touch: real.touch,
      close: real.close,
    };
    const queue = createSearchQueue({ memory, thread, smallBytes: SMALL_BYTES });
    while (scanned === 0) {
      await queue.search(rows, pool[0]);
      await sleep(5);
    }

    let isOver = false;
    let probe = pool[0];
    const best = () => {
      const { best } = plainSearch(rows, probe);
      for (let row = 0; row < rows.count; row++)
        if (rows.entryAt(row)!.templateId === best?.templateId) return rows.entryAt(row)!;
      return rows.entryAt(0)!;
    };
    const change = async () => {
      while (!isOver) {
        // Whoever is searched for just now goes, and others with them.
        rows.remove(best());
        removed++;
        for (let i = 0; i < 40; i++)
          if (random() < 0.5) {
            add();
            added++;
          } else {
            rows.remove(rows.entryAt(Math.floor(random() * rows.count))!);
            removed++;
          }
        await setImmediate();
      }
    };
    // Changes nothing itself: the two lanes hear their answers in the same turn.
    const search = async () => {
      for (let round = 0; round < ROUNDS || added < CHANGES || removed < CHANGES; round++) {
        probe = pool[Math.floor(random() * pool.length)];
        const asked = probe;
        expect(await queue.search(rows, asked)).toEqual(plainSearch(rows, asked));
      }
    };
    const changing = change();
    await Promise.all([search(), search()]);
    isOver = true;
    await changing;
    expect(scanned).toBeGreaterThanOrEqual(2 * ROUNDS);
  });
});
