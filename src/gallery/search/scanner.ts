import type { CompiledModule, SharedMemory } from '../../platform/web-assembly.ts';
import { instantiateKernel } from './kernel.ts';
import { BLOCK_ROWS, groupAt, type Layout, PASS_ROWS, type Scratch, SIEVED_BYTES } from './layout.ts';
import { codeProbe } from './probe-code.ts';
import { writeProbe } from './probe-memory.ts';
import { createRivals, type Found, type Rivals } from './rivals.ts';

/** Rows to scan. */
export interface Rows {
  /** The addresses of all blocks, the first with row 0. */
  readonly blocks: Uint32Array;
  /** The first row to scan, a multiple of `PASS_ROWS`. */
  readonly from: number;
  /** The row behind the last. */
  readonly to: number;
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
  const { stride, groupBytes, probeBytes } = layout;
  const kernel = instantiateKernel(parts.module, memory);
  // Only the scratch is read from here, as it lies in the memory's first pages: a view of the rest would miss what has grown.
  const scratchMemory = memory.buffer;
  const sieved = scratch.sieved.map(at => {
    const words = (SIEVED_BYTES / 4) * PASS_ROWS;
    return {
      at,
      words: new Uint32Array(scratchMemory, at, words),
      floats: new Float32Array(scratchMemory, at, words),
    };
  });

  const take = (rivals: Rivals, from: (typeof sieved)[number], count: number, first: number): void => {
    const { words, floats } = from;
    for (let word = 0; word < (SIEVED_BYTES / 4) * count; word += SIEVED_BYTES / 4)
      rivals.add({
        row: first + words[word],
        owner: words[word + 1],
        score: floats[word + 2],
        slack: floats[word + 3],
      });
  };

  /** One pass: `rows` rows from the group at `group` on, the first of them row `first`. */
  const pass = (probes: readonly Rivals[], group: number, rows: number, first: number): void => {
    const [one, two] = sieved;
    const address = (at: number) => scratch.probes + probeBytes * at;
    let at = 0;
    for (; at + 2 <= probes.length; at += 2) {
      const [a, b] = [probes[at], probes[at + 1]];
      const limits = [a.threshold(), b.threshold()] as const;
      const counts = kernel.scan2(address(at), group, rows, stride, ...limits, one.at, two.at);
      take(a, one, counts & 0xffff, first);
      take(b, two, counts >>> 16, first);
    }
    if (at === probes.length) return;
    const last = probes[at];
    take(last, one, kernel.scan1(address(at), group, rows, stride, last.threshold(), one.at), first);
  };

  return {
    scan: (vectors, { blocks, from, to }) => {
      const probes = vectors.map((vector, at) => {
        writeProbe(scratchMemory, scratch.probes + probeBytes * at, codeProbe(vector));
        return createRivals();
      });
      for (let first = from; first < to; first += PASS_ROWS) {
        const group = blocks[Math.floor(first / BLOCK_ROWS)] + groupAt(groupBytes, first % BLOCK_ROWS);
        pass(probes, group, Math.min(PASS_ROWS, to - first), first);
      }
      return probes.map(rivals => rivals.found());
    },
  };
}
