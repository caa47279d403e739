import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { createCodeMemory } from '../../../src/gallery/search/code-memory.ts';
import type { FreshMemory } from '../../../src/gallery/search/fresh-memory.ts';
import { createScanThread } from '../../../src/gallery/search/scan-thread.ts';
import type { TemplateRow } from '../../../src/gallery/search/search-queue.ts';
import { createVectorRows } from '../../../src/gallery/vector-rows.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { repositoryRoot } from '../../support/engine.ts';
import { rowOf } from './plain-search.ts';
import { denseVectors } from './vectors.ts';

const workerFile = new URL('dist/src/gallery/search/scan-worker.js', pathToFileURL(`${repositoryRoot}/`));
const DIMENSION = 512;
/** Beyond 8 MiB of codes. */
const ROWS = 25_000;

it('memory that another thread touches ahead holds what was written to it meanwhile', async () => {
  const touched: FreshMemory[] = [];
  const memory = createCodeMemory(DIMENSION, fresh => touch(fresh));
  const thread = createScanThread({ file: workerFile, setup: memory, log: silentLogger });
  const touch = (fresh: FreshMemory) => {
    touched.push(fresh);
    thread.touch(fresh);
  };
  const rows = createVectorRows<TemplateRow>(memory, touch);
  const plainMemory = createCodeMemory(DIMENSION);
  const plain = createVectorRows<TemplateRow>(plainMemory);
  const vectors = denseVectors(DIMENSION, 5);
  const pool = Array.from({ length: 50 }, () => vectors.next().value);
  const entries = Array.from({ length: ROWS }, (_, at) => rowOf(1 + at, at));
  for (const [at, entry] of entries.entries()) {
    rows.add(pool[at % pool.length]!, entry);
    plain.add(pool[at % pool.length]!, rowOf(1 + at, at));
  }
  await thread.close();

  const ofCodes = touched.filter(({ buffer }) => buffer.byteLength !== 1024 * DIMENSION * 4);
  expect(ofCodes.length).toBeGreaterThan(0);
  expect(touched.length - ofCodes.length).toBeGreaterThan(15);
  const found = new Float32Array(DIMENSION);
  for (const [at, entry] of entries.entries()) {
    rows.copy(entry, found, 0);
    if (Buffer.compare(bytesOf(found), bytesOf(pool[at % pool.length]!)) !== 0) expect.fail(`row ${at}`);
  }
  const blocks = rows.codes().blocks;
  const { blockBytes } = memory.layout;
  for (const [at, block] of plain.codes().blocks.entries()) {
    const [own, other] = [
      Buffer.from(memory.memory.buffer, blocks[at]!, blockBytes),
      Buffer.from(plainMemory.memory.buffer, block, blockBytes),
    ];
    expect(own.equals(other)).toBe(true);
  }
});

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
