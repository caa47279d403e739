import type { CodeMemory } from './search/code-memory.ts';
import type { TouchAhead } from './search/fresh-memory.ts';
import { BLOCK_ROWS } from './search/layout.ts';
import type { Rows } from './search/scanner.ts';

/** What belongs to a row; its rows keep `row` up to date. */
export interface RowEntry {
  row: number;
  /** Rows of the same person have the same number, those of others another; greater than 0. */
  readonly owner: number;
}

/** Rows that were written since the watch began, as those who scan the codes meanwhile may have missed them. */
export interface Watch<T> {
  readonly written: ReadonlySet<T>;
  end(): void;
}

/** Unit-length vectors in rows without gaps, each in full and as a code for the scan, with what belongs to it; rows move when another is removed. Probes are Float64Array, or V8 would convert each of their values again for each row. */
export interface VectorRows<T extends RowEntry> {
  readonly count: number;
  /** Appends a row. */
  add(vector: Float32Array, entry: T): void;
  /** Erases the entry's row; the last row moves into the hole. */
  remove(entry: T): void;
  /** The entry whose row this is now. */
  entryAt(row: number): T | undefined;
  /** Dot product of the entry's row and `probe`. */
  dot(entry: T, probe: Float64Array): number;
  /** Writes the entry's vector into `target` from index `at` on. */
  copy(entry: T, target: Float32Array, at: number): void;
  /** Where the codes of all rows are now. */
  codes(): Rows;
  watch(): Watch<T>;
}

interface Block {
  readonly vectors: Float32Array;
  readonly codes: number;
}

/** Blocks from which on the next one is made ahead: fewer may be all that the customer has. */
const AHEAD_FROM = 4;

/** No rows yet; their codes go to `memory`, which sets the dimension (a multiple of 4). What many rows need next is given to `touchAhead`. */
export function createVectorRows<T extends RowEntry>(
  memory: CodeMemory,
  touchAhead?: TouchAhead,
): VectorRows<T> {
  const { dimension } = memory;
  const blocks: Block[] = [];
  const entries: T[] = [];
  const watches = new Set<Set<T>>();
  /** That of the next block. */
  let coming: SharedArrayBuffer | undefined;
  const blockOf = (row: number): Block => blocks[Math.floor(row / BLOCK_ROWS)];
  const placeOf = (row: number) => ({ block: blockOf(row).codes, row: row % BLOCK_ROWS });
  const vectorAt = (row: number): Float32Array => {
    const offset = (row % BLOCK_ROWS) * dimension;
    return blockOf(row).vectors.subarray(offset, offset + dimension);
  };
  const wrote = (entry: T): void => {
    for (const written of watches) written.add(entry);
  };

  // Shared memory is no reason for V8 to collect garbage; the hundreds of MB of a large gallery would be, again and again.
  const memoryOfBlock = () => new SharedArrayBuffer(BLOCK_ROWS * dimension * Float32Array.BYTES_PER_ELEMENT);

  const addBlock = (): void => {
    // The codes first: that may fail.
    const codes = memory.allocate();
    blocks.push({ vectors: new Float32Array(coming ?? memoryOfBlock()), codes });
    coming = undefined;
    if (!touchAhead || blocks.length < AHEAD_FROM) return;
    coming = memoryOfBlock();
    touchAhead({ buffer: coming, from: 0, to: coming.byteLength });
  };

  const moveInto = (hole: number, last: number): void => {
    vectorAt(hole).set(vectorAt(last));
    memory.copy(placeOf(last), placeOf(hole));
    const moved = entries[last];
    entries[hole] = moved;
    moved.row = hole;
    wrote(moved);
  };

  return {
    get count() {
      return entries.length;
    },
    add: (vector, entry) => {
      const row = entries.length;
      if (row === blocks.length * BLOCK_ROWS) addBlock();
      const { vectors, codes } = blockOf(row);
      const inBlock = row % BLOCK_ROWS;
      vectors.set(vector, inBlock * dimension);
      memory.write(codes, inBlock, vector, entry.owner);
      entries.push(entry);
      entry.row = row;
      wrote(entry);
    },
    remove: entry => {
      const last = entries.length - 1;
      if (entry.row !== last) moveInto(entry.row, last);
      const { block, row } = placeOf(last);
      memory.clear(block, row);
      vectorAt(last).fill(0);
      entries.pop();
      // One spare block stays, so that a gallery at a block's edge does not allocate with every change.
      if (blocks.length > Math.ceil(entries.length / BLOCK_ROWS) + 1) memory.free(blocks.pop()!.codes);
    },
    entryAt: row => entries[row],
    dot: ({ row }, probe) => dotAt(blockOf(row).vectors, (row % BLOCK_ROWS) * dimension, probe),
    copy: ({ row }, target, at) => target.set(vectorAt(row), at),
    codes: () => {
      const to = entries.length;
      const used = blocks.slice(0, Math.ceil(to / BLOCK_ROWS));
      return { blocks: Uint32Array.from(used, ({ codes }) => codes), from: 0, to };
    },
    watch: () => {
      const written = new Set<T>();
      watches.add(written);
      return { written, end: () => watches.delete(written) };
    },
  };
}

/** Four sums, so that an addition need not wait for the one before. */
function dotAt(block: Float32Array, offset: number, probe: Float64Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < probe.length; i += 4) {
    const at = offset + i;
    a += block[at] * probe[i];
    b += block[at + 1] * probe[i + 1];
    c += block[at + 2] * probe[i + 2];
    d += block[at + 3] * probe[i + 3];
  }
  return a + b + (c + d);
}
