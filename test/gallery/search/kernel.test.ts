import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleKernel, binaryIn } from '../../../scripts/kernel/assemble.ts';
import { createCodeMemory } from '../../../src/gallery/search/code-memory.ts';
import {
  codesAt,
  MAX_PROBES,
  PLANE_BYTES,
  SIEVED_BYTES,
  TURN_BYTES,
} from '../../../src/gallery/search/layout.ts';
import { codeProbe } from '../../../src/gallery/search/probe-code.ts';
import { repositoryRoot } from '../../support/engine.ts';
import { quantizeTwin, scoreTwin, sieveTwin } from './kernel-twin.ts';
import { unitVector } from './vectors.ts';

const DIMENSIONS = [4, 64, 100, 512];
const folder = join(repositoryRoot, 'src/gallery/search');

/** Rows written to one block, and what the memory then holds of each. */
function written(dimension: number, vectors: readonly Float32Array[]) {
  const memory = createCodeMemory(dimension);
  const { stride, scales, bounds, owners } = memory.layout;
  const block = memory.allocate();
  for (const [row, vector] of vectors.entries()) memory.write(block, row, vector, row + 1);
  const { buffer } = memory.memory;
  return {
    memory,
    block,
    row: (row: number) => ({
      codes: Int8Array.from(
        { length: stride },
        (_, at) => new Int8Array(buffer)[block + codesAt(row, stride) + TURN_BYTES * (at >> 3) + (at % 8)],
      ),
      scale: new Float32Array(buffer, block + scales)[row],
      bound: new Float32Array(buffer, block + bounds)[row],
      owner: new Uint32Array(buffer, block + owners)[row],
    }),
  };
}

const sized = (vectors: fc.ArrayConstraints) =>
  fc.constantFrom(...DIMENSIONS).chain(dimension =>
    fc.record({
      dimension: fc.constant(dimension),
      vectors: fc.array(unitVector(dimension), vectors),
      probes: fc.array(unitVector(dimension), { minLength: 1, maxLength: MAX_PROBES }),
    }),
  );

describe('the search kernel', () => {
  it('is what its source assembles to, byte for byte', async () => {
    expect(await assembleKernel(folder)).toBe(await readFile(binaryIn(folder), 'utf8'));
  });

  it('codes a vector as its twin does, and leaves no more than it says', () => {
    fc.assert(
      fc.property(sized({ minLength: 1, maxLength: 3 }), ({ dimension, vectors }) => {
        const block = written(dimension, vectors);
        for (const [at, vector] of vectors.entries()) {
          const row = block.row(at);
          const { codes, scale, bound } = quantizeTwin(vector);
          expect(row.codes.subarray(0, dimension)).toEqual(codes);
          expect(row.codes.subarray(dimension).every(code => code === 0)).toBe(true);
          expect([row.scale, row.bound, row.owner]).toEqual([scale, bound, at + 1]);
          const rest = Math.hypot(...vector.map((value, i) => value - codes[i] * scale));
          expect(rest).toBeLessThanOrEqual(bound);
        }
      }),
    );
  });

  it('codes nothing but zeros for a zero vector', () => {
    const { codes, scale } = written(64, [new Float32Array(64)]).row(0);
    expect([scale, codes.some(code => code !== 0)]).toEqual([0, false]);
  });

  it('scores one probe and several as its twin does', () => {
    fc.assert(
      fc.property(sized({ minLength: 1, maxLength: 9 }), ({ dimension, vectors, probes }) => {
        const { memory, block, row } = written(dimension, vectors);
        const { kernel, layout } = memory;
        const { stride, scales, scratch } = layout;
        const { buffer } = memory.memory;
        const coded = probes.map(codeProbe);
        for (const [at, { codes, unit }] of coded.entries()) {
          new Int16Array(buffer, scratch.main.probes + 2 * stride * at, stride).set(codes);
          new Float32Array(buffer, scratch.main.units)[at] = unit;
        }
        const { probes: from, units, scores } = scratch.main;
        const rows = Math.ceil(vectors.length / 4) * 4;
        for (const first of [0, 2, 4, 6])
          kernel.score2(
            from + 2 * stride * first,
            units + 4 * first,
            block,
            block + scales,
            rows,
            stride,
            scores + PLANE_BYTES * first,
            PLANE_BYTES,
          );
        for (const [at, { codes, unit }] of coded.entries()) {
          const expected = vectors.map((_, i) => scoreTwin(codes, unit, row(i).codes, row(i).scale));
          const several = new Float32Array(buffer, scores + PLANE_BYTES * at, vectors.length);
          expect([...several]).toEqual(expected);
          kernel.score1(
            from + 2 * stride * at,
            unit,
            block,
            block + scales,
            rows,
            stride,
            scratch.worker.scores,
          );
          expect([...new Float32Array(buffer, scratch.worker.scores, vectors.length)]).toEqual(expected);
        }
      }),
    );
  });

  it('lets through the rows that its twin lets through', () => {
    const score = fc.float({ min: -1, max: 1, noNaN: true });
    const row = fc.record({ score, bound: fc.float({ min: 0, max: Math.fround(0.1), noNaN: true }) });
    const limit = fc.float({ min: 0, max: 1, noNaN: true });
    const threshold = fc.oneof(score, fc.constant(Number.NEGATIVE_INFINITY));
    const { memory, block } = written(4, []);
    const { kernel, layout } = memory;
    const { buffer } = memory.memory;
    const { scores, sieved } = layout.scratch.main;
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 40 }),
        fc.record({ slope: limit, offset: limit, threshold }),
        (rows, limits) => {
          const owned = rows.map((each, at) => ({ ...each, owner: 7 * at + 1 }));
          for (const [at, { score, bound, owner }] of owned.entries()) {
            new Float32Array(buffer, scores)[at] = score;
            new Float32Array(buffer, block + layout.bounds)[at] = bound;
            new Uint32Array(buffer, block + layout.owners)[at] = owner;
          }
          const { slope, offset, threshold } = limits;
          const places = [scores, block + layout.bounds, block + layout.owners] as const;
          const count = kernel.sieve(...places, rows.length, slope, offset, threshold, sieved);
          const found = Array.from({ length: count }, (_, at) => {
            const [row, owner] = new Uint32Array(buffer, sieved + SIEVED_BYTES * at, 2);
            const [score, slack] = new Float32Array(buffer, sieved + SIEVED_BYTES * at + 8, 2);
            return { row, owner, score, slack };
          });
          expect(found).toEqual(sieveTwin(owned, limits));
        },
      ),
    );
  });
});
