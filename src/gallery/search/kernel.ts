import { KERNEL_BINARY } from './kernel-binary.ts';

/** A WebAssembly memory that several threads use at once; `buffer` is another object after each `grow`. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Adds pages of 64 KiB; throws RangeError where there is no room. */
  grow(pages: number): number;
}

/** The compiled kernel; may be posted to other threads. */
export type KernelModule = object;

/** The kernel over one memory. Addresses are bytes from its begin, `stride` values of a row (a multiple of 32). */
export interface Kernel {
  /**
   * Codes of the `stride` float32 values at `vector`: int8 at `codes`, eight in each 32 bytes as the four rows of a group take turns, and
   * float32 at `scaleAt` and `boundAt`, so that the vector is
   * scale * codes but for a rest whose length is at most bound. scale = max|x| / 127, code = x / scale rounded half to even.
   */
  quantize(vector: number, stride: number, codes: number, scaleAt: number, boundAt: number): void;
  /** Float32 scores at `out`, one per row: (probe . codes) * unit * scale, for int16 probe codes at `probe`. `rows` is a multiple of 4, not 0. */
  score1(
    probe: number,
    unit: number,
    codes: number,
    scales: number,
    rows: number,
    stride: number,
    out: number,
  ): void;
  /** The same for two probes one behind the other, float32 units at `units`, scores in two planes `plane` bytes apart. */
  score2(
    probes: number,
    units: number,
    codes: number,
    scales: number,
    rows: number,
    stride: number,
    out: number,
    plane: number,
  ): void;
  /**
   * The rows whose score + slack reaches the threshold, slack = slope * bound + offset: for each 16 bytes at `out`, u32 row, u32 owner,
   * f32 score, f32 slack. Returns how many. `rows` > 0.
   */
  sieve(
    scores: number,
    bounds: number,
    owners: number,
    rows: number,
    slope: number,
    offset: number,
    threshold: number,
    out: number,
  ): number;
  /** Reads `bytes` (a multiple of 64) and does nothing else: what the memory allows, for benches. */
  read(from: number, bytes: number): number;
}

/** What this file uses of WebAssembly, which the types of Node 20 lack. */
interface WebAssemblyApi {
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => KernelModule;
  readonly Instance: new (
    module: KernelModule,
    imports: { env: { memory: SharedMemory } },
  ) => { exports: Kernel };
}

const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

/** Bytes of a page of WebAssembly memory. */
export const PAGE_BYTES = 65_536;

/** All that 32 bits address, 4 GiB: only reserved until it is grown into. */
const MAX_PAGES = 65_536;

/** A memory of at least `bytes` zeros that can grow up to 4 GiB. */
export function createSharedMemory(bytes: number): SharedMemory {
  return new Memory({ initial: Math.ceil(bytes / PAGE_BYTES), maximum: MAX_PAGES, shared: true });
}

/** Compiles the kernel. */
export function compileKernel(): KernelModule {
  return new Module(Buffer.from(KERNEL_BINARY, 'base64'));
}

/** The kernel's functions over `memory`. */
export function instantiateKernel(module: KernelModule, memory: SharedMemory): Kernel {
  return new Instance(module, { env: { memory } }).exports;
}
