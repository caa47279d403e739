import { FacegateError } from '../../domain/errors.ts';
import {
  type CompiledModule,
  createSharedMemory,
  PAGE_BYTES,
  type SharedMemory,
} from '../../platform/web-assembly.ts';
import type { TouchAhead } from './fresh-memory.ts';
import { compileKernel, instantiateKernel, type Kernel } from './kernel.ts';
import {
  BLOCK_ROWS,
  FIELD_BYTES,
  type Layout,
  layoutOf,
  rowPlace,
  TURN_BYTES,
  TURN_CODES,
} from './layout.ts';

/** The codes of all templates in blocks of shared memory. One thread writes, others may read at any moment; addresses are bytes from the memory's begin. */
export interface CodeMemory {
  readonly dimension: number;
  readonly layout: Layout;
  readonly module: CompiledModule;
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

/** 4 MiB at a time. */
const GROW_PAGES = 64;
/** Bytes in use from which on the next are taken ahead: less may be all that the gallery has. */
const AHEAD_FROM = 8 * 1024 * 1024;

/** An empty memory for embeddings of `dimension` values; what a large gallery needs next is given to `touchAhead`. */
export function createCodeMemory(dimension: number, touchAhead?: TouchAhead): CodeMemory {
  const layout = layoutOf(dimension);
  const { stride, vector: staging, blockBytes } = layout;
  const module = compileKernel();
  const memory = createSharedMemory(layout.blocks);
  const kernel = instantiateKernel(module, memory);
  const staged = new Float32Array(memory.buffer, staging, stride);
  const freed: number[] = [];
  let words = new Uint32Array(memory.buffer);
  let next = layout.blocks;

  /** Where the new pages begin; undefined where there are none. */
  const grow = (): number | undefined => {
    const from = memory.buffer.byteLength;
    try {
      memory.grow(Math.max(GROW_PAGES, Math.ceil(blockBytes / PAGE_BYTES)));
    } catch {
      return undefined;
    }
    words = new Uint32Array(memory.buffer);
    return from;
  };

  /** The words of a row: its codes in each turn, scale, bound and owner. */
  const partsOf = (block: number, row: number): { at: number; words: number }[] => {
    const { codes, scale } = rowPlace(layout, row);
    const turns = Array.from({ length: stride / TURN_CODES }, (_, turn) => ({
      at: (block + codes + turn * TURN_BYTES) / 4,
      words: TURN_CODES / 4,
    }));
    const fields = [0, 1, 2].map(field => ({ at: (block + scale + field * FIELD_BYTES) / 4, words: 1 }));
    return [...turns, ...fields];
  };

  const isFull = () => next + blockBytes > memory.buffer.byteLength;

  const makeRoom = (): void => {
    const from = grow();
    if (from === undefined)
      throw new FacegateError('internal', 'There is no memory for more templates; delete persons.');
    // Touched at once, the new pages lie side by side in physical memory too: reading them is a third faster.
    words.fill(0, from / 4);
  };

  const makeRoomAhead = (touch: TouchAhead): void => {
    const from = grow();
    if (from !== undefined) touch({ buffer: memory.buffer, from, to: memory.buffer.byteLength });
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
      if (isFull()) makeRoom();
      next += blockBytes;
      if (touchAhead && next > AHEAD_FROM && isFull()) makeRoomAhead(touchAhead);
      return next - blockBytes;
    },
    free: block => {
      words.fill(0, block / 4, (block + blockBytes) / 4);
      freed.push(block);
    },
    write: (block, row, vector, owner) => {
      staged.set(vector);
      const { codes, scale } = rowPlace(layout, row);
      kernel.quantize(staging, stride, block + codes, block + scale);
      words[(block + scale + 2 * FIELD_BYTES) / 4] = owner;
    },
    copy: (from, to) => {
      const source = partsOf(from.block, from.row);
      for (const [part, { at, words: count }] of partsOf(to.block, to.row).entries())
        words.copyWithin(at, source[part].at, source[part].at + count);
    },
    clear: (block, row) => {
      for (const { at, words: count } of partsOf(block, row)) words.fill(0, at, at + count);
    },
  };
}

/** Bytes of shared memory that a template takes, of `dimension` values. */
export function codeBytes(dimension: number): number {
  return layoutOf(dimension).blockBytes / BLOCK_ROWS;
}
