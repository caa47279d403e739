import {
  type CompiledModule,
  compileModule,
  instantiateModule,
  type SharedMemory,
} from '../../platform/web-assembly.ts';
import { KERNEL_BINARY } from './kernel-binary.ts';

/** The kernel over one memory. Addresses are bytes from its begin, `stride` values of a row (a multiple of 32); layout.ts says what lies where. */
export interface Kernel {
  /**
   * Codes of the `stride` float32 values at `vector`: int8 at `codes`, eight in each 32 bytes as the four rows of a group take turns,
   * float32 scale at `scaleAt`, and 16 bytes further bound: the vector is scale * codes but for a rest whose length is at most bound. scale = max|x| / 127, code = x / scale rounded half to even.
   */
  quantize(vector: number, stride: number, codes: number, scaleAt: number): void;
  /**
   * Scores `rows` (> 0) from the group at `group` on for the probe at `probe`: score = (probe . codes) * unit * scale. Those whose
   * score + slack reaches the threshold, slack = slope * bound + offset, are written to `out`: for each u32 row (the first is 0), u32 owner,
   * f32 score, f32 slack. Returns how many.
   */
  scan1(probe: number, group: number, rows: number, stride: number, threshold: number, out: number): number;
  /** The same for two probes one behind the other. Returns how many for the first, and from bit 16 on for the second. */
  scan2(
    probes: number,
    group: number,
    rows: number,
    stride: number,
    threshold0: number,
    threshold1: number,
    out0: number,
    out1: number,
  ): number;
}

/** Compiles the kernel. */
export function compileKernel(): CompiledModule {
  return compileModule(KERNEL_BINARY);
}

/** The kernel's functions over `memory`. */
export function instantiateKernel(module: CompiledModule, memory: SharedMemory): Kernel {
  return instantiateModule<Kernel>(module, { env: { memory } });
}
