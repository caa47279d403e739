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
import { BLOCK_ROWS, type Layout, layoutOf } from './layout.ts';

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

/** Growing costs some microseconds; pages that nobody touched cost nothing. */
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
  let bytes = new Uint8Array(memory.buffer);
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
    bytes = new Uint8Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
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
      bytes.fill(0, block, block + blockBytes);
      freed.push(block);
    },
    write: (block, row, vector, owner) => {
      staged.set(vector);
      const header = block + 4 * row;
      kernel.quantize(staging, stride, block + row * stride, header + scales, header + bounds);
      words[(header + owners) / 4] = owner;
    },
    copy: (from, to) => {
      const codes = from.block + from.row * stride;
      bytes.copyWithin(to.block + to.row * stride, codes, codes + stride);
      for (const part of [scales, bounds, owners])
        words[(to.block + part) / 4 + to.row] = words[(from.block + part) / 4 + from.row];
    },
    clear: (block, row) => {
      bytes.fill(0, block + row * stride, block + (row + 1) * stride);
      for (const part of [scales, bounds, owners]) words[(block + part) / 4 + row] = 0;
    },
  };
}

/** Bytes of shared memory that a template takes, of `dimension` values. */
export function codeBytes(dimension: number): number {
  return layoutOf(dimension).blockBytes / BLOCK_ROWS;
}
