import type { CompiledModule, SharedMemory } from '../../platform/web-assembly.ts';
import { instantiateKernel } from './kernel.ts';
import {
  BLOCK_ROWS,
  GROUP_ROWS,
  type Layout,
  MAX_PROBES,
  PASS_ROWS,
  PLANE_BYTES,
  type Scratch,
  SIEVED_BYTES,
} from './layout.ts';
import { codeProbe } from './probe-code.ts';
import { createRivals, type Found } from './rivals.ts';

/** The rows to scan: addresses of their blocks, all full but the last. */
export interface Rows {
  readonly blocks: Uint32Array;
  readonly count: number;
}

/** Scans rows of codes. */
export interface Scanner {
  /** At most `MAX_PROBES` probes in one pass; an answer for each. */
  scan(probes: readonly Float32Array[], rows: Rows): Found[];
}

/** A scanner that writes only to its `scratch`; each thread needs one of its own. */
export function createScanner(parts: {
  module: CompiledModule;
  memory: SharedMemory;
  layout: Layout;
  scratch: Scratch;
}): Scanner {
  const { memory, layout, scratch } = parts;
  const { stride, scales, bounds, owners } = layout;
  const kernel = instantiateKernel(parts.module, memory);
  // Only the scratch is read from here, as it lies in the memory's first pages: a view of the rest would miss what has grown.
  const codes = new Int16Array(memory.buffer, scratch.probes, stride * MAX_PROBES);
  const units = new Float32Array(memory.buffer, scratch.units, MAX_PROBES);
  const sievedWords = new Uint32Array(memory.buffer, scratch.sieved, (SIEVED_BYTES / 4) * PASS_ROWS);
  const sievedFloats = new Float32Array(memory.buffer, scratch.sieved, (SIEVED_BYTES / 4) * PASS_ROWS);

  const score = (from: { codes: number; scales: number; rows: number }, probes: number): void => {
    const rows = Math.ceil(from.rows / GROUP_ROWS) * GROUP_ROWS;
    const probe = (at: number) => scratch.probes + 2 * stride * at;
    const plane = (at: number) => scratch.scores + PLANE_BYTES * at;
    let at = 0;
    for (; at + 2 <= probes; at += 2) {
      const unit = scratch.units + 4 * at;
      kernel.score2(probe(at), unit, from.codes, from.scales, rows, stride, plane(at), PLANE_BYTES);
    }
    if (at < probes) kernel.score1(probe(at), units[at], from.codes, from.scales, rows, stride, plane(at));
  };

  return {
    scan: (vectors, { blocks, count }) => {
      const probes = vectors.map((vector, at) => {
        const { codes: coded, unit, slope, offset } = codeProbe(vector);
        codes.set(coded, stride * at);
        units[at] = unit;
        return { slope, offset, scores: scratch.scores + PLANE_BYTES * at, rivals: createRivals() };
      });
      for (let first = 0; first < count; first += PASS_ROWS) {
        const block = blocks[Math.floor(first / BLOCK_ROWS)];
        const inBlock = first % BLOCK_ROWS;
        const header = block + 4 * inBlock;
        const rows = Math.min(PASS_ROWS, count - first);
        score({ codes: block + stride * inBlock, scales: header + scales, rows }, probes.length);
        for (const { slope, offset, scores, rivals } of probes) {
          const sieved = kernel.sieve(
            scores,
            header + bounds,
            header + owners,
            rows,
            slope,
            offset,
            rivals.threshold(),
            scratch.sieved,
          );
          for (let word = 0; word < 4 * sieved; word += 4)
            rivals.add({
              row: first + sievedWords[word],
              owner: sievedWords[word + 1],
              score: sievedFloats[word + 2],
              slack: sievedFloats[word + 3],
            });
        }
      }
      return probes.map(({ rivals }) => rivals.found());
    },
  };
}
