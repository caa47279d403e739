import { FacegateError } from '../../domain/errors.ts';
import {
  compileKernel,
  createSharedMemory,
  instantiateKernel,
  type Kernel,
  type KernelModule,
  PAGE_BYTES,
  type SharedMemory,
} from './kernel.ts';
import { BLOCK_ROWS, codesAt, type Layout, layoutOf, TURN_BYTES } from './layout.ts';

/** The codes of all templates in blocks of shared memory. One thread writes, others may read at any moment; addresses are bytes from the memory's begin. */
export interface CodeMemory {
  readonly dimension: number;
  readonly layout: Layout;
  readonly module: KernelModule;
  readonly memory: SharedMemory;
  /** The kernel of the thread that writes. */
  readonly kernel: Kernel;
  /** The address of an empty block. Throws FacegateError `internal` where the memory is full (8 million templates of 512 values). */
  allocate(): number;
  /** Takes a block back; all its rows are cleared. */
  free(block: number): void;
  /** Puts the codes of `vector` (`dimension` values) into a row of a block, with the number of its owner. */
  write(block: number, row: number, vector: Float32Array, owner: number): void;
  /** Copies a row over another one. */
  copy(from: { block: number; row: number }, to: { block: number; row: number }): void;
  /** Zeroes a row. */
  clear(block: number, row: number): void;
}

/** A row has `stride` codes in `stride` / 8 turns, so they spread over `stride` words. */
const TURN_WORDS: number = TURN_BYTES / 4;

/** 4 MiB at a time. */
const GROW_PAGES = 64;

/** An empty memory for embeddings of `dimension` values. */
export function createCodeMemory(dimension: number): CodeMemory {
  const layout = layoutOf(dimension);
  const { stride, vector: staging, scales, bounds, owners, blockBytes } = layout;
  const module = compileKernel();
  const memory = createSharedMemory(layout.blocks);
  const kernel = instantiateKernel(module, memory);
  const staged = new Float32Array(memory.buffer, staging, stride);
  const freed: number[] = [];
  let words = new Uint32Array(memory.buffer);
  let next = layout.blocks;

  const grow = (): void => {
    try {
      memory.grow(Math.max(GROW_PAGES, Math.ceil(blockBytes / PAGE_BYTES)));
    } catch (cause) {
      throw new FacegateError('internal', 'There is no memory for more templates; delete persons.', {
        cause,
      });
    }
    const grownFrom = words.length;
    words = new Uint32Array(memory.buffer);
    // Touched at once, the new pages lie side by side in physical memory too: reading them is a third faster.
    words.fill(0, grownFrom);
  };

  return {
    dimension,
    layout,
    module,
    memory,
    kernel,
    allocate: () => {
      const block = freed.pop();
      if (block !== undefined) return block;
      if (next + blockBytes > memory.buffer.byteLength) grow();
      next += blockBytes;
      return next - blockBytes;
    },
    free: block => {
      words.fill(0, block / 4, (block + blockBytes) / 4);
      freed.push(block);
    },
    write: (block, row, vector, owner) => {
      staged.set(vector);
      const header = block + 4 * row;
      kernel.quantize(staging, stride, block + codesAt(row, stride), header + scales, header + bounds);
      words[(header + owners) / 4] = owner;
    },
    copy: (from, to) => {
      const source = (from.block + codesAt(from.row, stride)) / 4;
      const target = (to.block + codesAt(to.row, stride)) / 4;
      for (let turn = 0; turn < stride; turn += TURN_WORDS) {
        words[target + turn] = words[source + turn];
        words[target + turn + 1] = words[source + turn + 1];
      }
      for (const part of [scales, bounds, owners])
        words[(to.block + part) / 4 + to.row] = words[(from.block + part) / 4 + from.row];
    },
    clear: (block, row) => {
      const codes = (block + codesAt(row, stride)) / 4;
      for (let turn = 0; turn < stride; turn += TURN_WORDS) words.fill(0, codes + turn, codes + turn + 2);
      for (const part of [scales, bounds, owners]) words[(block + part) / 4 + row] = 0;
    },
  };
}

/** Bytes of shared memory that a template takes, of `dimension` values. */
export function codeBytes(dimension: number): number {
  return layoutOf(dimension).blockBytes / BLOCK_ROWS;
}
