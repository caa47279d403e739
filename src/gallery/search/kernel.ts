import {
  type CompiledModule,
  compileModule,
  instantiateModule,
  type SharedMemory,
} from '../../platform/web-assembly.ts';
import { KERNEL_BINARY } from './kernel-binary.ts';

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

/** Compiles the kernel. */
export function compileKernel(): CompiledModule {
  return compileModule(KERNEL_BINARY);
}

/** The kernel's functions over `memory`. */
export function instantiateKernel(module: CompiledModule, memory: SharedMemory): Kernel {
  return instantiateModule<Kernel>(module, { env: { memory } });
}
