/** Vectors of one dimension in contiguous rows, with what belongs to each; rows move when another is removed. Probes are Float64Array, or V8 would convert each of their values again for each row. */
export interface VectorRows<T> {
  readonly count: number;
  /** Returns the new row's number. */
  add(vector: Float32Array, entry: T): number;
  /** Fills the hole with the last row; returns the entry that moved into `row`, if one did. */
  remove(row: number): T | undefined;
  /** Dot product of the row and `probe`. */
  dot(row: number, probe: Float64Array): number;
  /** Writes the row's vector into `target` from index `at` on. */
  copy(row: number, target: Float32Array, at: number): void;
  /** Calls `visit` for every row whose dot product is not below what `floor` says at that moment. */
  scan(probe: Float64Array, floor: () => number, visit: (entry: T, product: number) => void): void;
}

/** Rows per block: growing never copies what is there. */
const BLOCK_ROWS = 1024;

/** No rows yet; `dimension` must be a multiple of 4. */
export function createVectorRows<T>(dimension: number): VectorRows<T> {
  const blocks: Float32Array[] = [];
  const entries: T[] = [];
  const vectorAt = (row: number): Float32Array => {
    const offset = (row % BLOCK_ROWS) * dimension;
    return blocks[Math.floor(row / BLOCK_ROWS)]!.subarray(offset, offset + dimension);
  };

  return {
    get count() {
      return entries.length;
    },
    add: (vector, entry) => {
      const row = entries.length;
      if (row === blocks.length * BLOCK_ROWS) blocks.push(new Float32Array(BLOCK_ROWS * dimension));
      entries.push(entry);
      vectorAt(row).set(vector);
      return row;
    },
    remove: row => {
      const last = entries.length - 1;
      const moved = entries[last]!;
      vectorAt(row).set(vectorAt(last));
      vectorAt(last).fill(0);
      entries[row] = moved;
      entries.pop();
      // One spare block stays, so that a gallery at a block's edge does not allocate with every change.
      if (blocks.length > Math.ceil(entries.length / BLOCK_ROWS) + 1) blocks.pop();
      return row === last ? undefined : moved;
    },
    dot: (row, probe) => dotAt(blocks[Math.floor(row / BLOCK_ROWS)]!, (row % BLOCK_ROWS) * dimension, probe),
    copy: (row, target, at) => target.set(vectorAt(row), at),
    scan: (probe, floor, visit) => {
      let lowest = floor();
      for (const [at, block] of blocks.entries()) {
        const first = at * BLOCK_ROWS;
        const end = Math.min(BLOCK_ROWS, entries.length - first);
        for (let row = 0; row < end; row++) {
          const product = dotAt(block, row * dimension, probe);
          if (product < lowest) continue;
          visit(entries[first + row]!, product);
          lowest = floor();
        }
      }
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
    a += block[at]! * probe[i]!;
    b += block[at + 1]! * probe[i + 1]!;
    c += block[at + 2]! * probe[i + 2]!;
    d += block[at + 3]! * probe[i + 3]!;
  }
  return a + b + (c + d);
}
