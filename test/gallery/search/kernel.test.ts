import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleKernel, binaryIn } from '../../../scripts/kernel/assemble.ts';
import { createCodeMemory } from '../../../src/gallery/search/code-memory.ts';
import {
  FIELD_BYTES,
  MAX_PROBES,
  rowPlace,
  SIEVED_BYTES,
  TURN_BYTES,
  TURN_CODES,
} from '../../../src/gallery/search/layout.ts';
import { codeProbe } from '../../../src/gallery/search/probe-code.ts';
import { writeProbe } from '../../../src/gallery/search/probe-memory.ts';
import { repositoryRoot } from '../../support/engine.ts';
import { quantizeTwin, scoreTwin, sieveTwin } from './kernel-twin.ts';
import { unitVector } from './vectors.ts';

const DIMENSIONS = [4, 64, 100, 512];
const folder = join(repositoryRoot, 'src/gallery/search');

/** Rows written to one block, and what the memory then holds of each. */
function written(dimension: number, vectors: readonly Float32Array[]) {
  const memory = createCodeMemory(dimension);
  const { layout } = memory;
  const block = memory.allocate();
  for (const [row, vector] of vectors.entries()) memory.write(block, row, vector, row + 1);
  const { buffer } = memory.memory;
  return {
    memory,
    block,
    row: (row: number) => {
      const { codes, scale } = rowPlace(layout, row);
      const turn = (value: number) => TURN_BYTES * Math.floor(value / TURN_CODES) + (value % TURN_CODES);
      return {
        codes: Int8Array.from(
          { length: layout.stride },
          (_, value) => new Int8Array(buffer)[block + codes + turn(value)],
        ),
        scale: new Float32Array(buffer, block + scale)[0],
        bound: new Float32Array(buffer, block + scale + FIELD_BYTES)[0],
        owner: new Uint32Array(buffer, block + scale + 2 * FIELD_BYTES)[0],
      };
    },
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

  it('lets through the rows that its twin lets through, for one probe and for two', () => {
    const threshold = fc.oneof(
      fc.float({ min: -1, max: 1, noNaN: true }),
      fc.constant(Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(
        sized({ minLength: 1, maxLength: 9 }),
        fc.array(threshold, { minLength: MAX_PROBES, maxLength: MAX_PROBES }),
        ({ dimension, vectors, probes }, thresholds) => {
          const { memory, block, row } = written(dimension, vectors);
          const { kernel, layout } = memory;
          const { stride, scratch, probeBytes } = layout;
          const { buffer } = memory.memory;
          const coded = probes.map(codeProbe);
          const address = (at: number) => scratch.main.probes + probeBytes * at;
          for (const [at, code] of coded.entries()) writeProbe(buffer, address(at), code);
          const through = (out: number, count: number) =>
            Array.from({ length: count }, (_, at) => {
              const [row, owner] = new Uint32Array(buffer, out + SIEVED_BYTES * at, 2);
              const [score, slack] = new Float32Array(buffer, out + SIEVED_BYTES * at + 8, 2);
              return { row, owner, score, slack };
            });
          const expected = coded.map((code, at) => {
            const scored = vectors.map((_, i) => {
              const { codes, scale, bound, owner } = row(i);
              return { owner, score: scoreTwin(code.codes, code.unit, codes, scale), bound };
            });
            return sieveTwin(scored, { ...code, threshold: thresholds[at] });
          });
          const [out, second] = scratch.worker.sieved;
          for (const [at, rows] of expected.entries()) {
            const common = [block, vectors.length, stride] as const;
            const count = kernel.scan1(address(at), ...common, thresholds[at], out);
            expect(through(out, count)).toEqual(rows);
            if (at === 0) continue;
            const limits = [thresholds[at - 1], thresholds[at]] as const;
            const counts = kernel.scan2(address(at - 1), ...common, ...limits, out, second);
            expect(through(out, counts & 0xffff)).toEqual(expected[at - 1]);
            expect(through(second, counts >>> 16)).toEqual(rows);
          }
        },
      ),
    );
  });
});
