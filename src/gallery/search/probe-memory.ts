import { PROBE_HEADER_BYTES } from './layout.ts';
import type { ProbeCode } from './probe-code.ts';

/** Puts a probe into memory at the address `at`, as the kernel reads it. */
export function writeProbe(memory: SharedArrayBuffer, at: number, probe: ProbeCode): void {
  const { codes, unit, slope, offset } = probe;
  new Float32Array(memory, at, 3).set([unit, slope, offset]);
  new Int16Array(memory, at + PROBE_HEADER_BYTES, codes.length).set(codes);
}
