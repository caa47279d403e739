import { rmSync } from 'node:fs';
import { writeDurably } from './durable-file.ts';

/** As much as lmdb writes to begin a file, and some more. */
const PROBE_BYTES = 64 * 1024;

/** Writes a file beside `path` and removes it again. Throws the error of the system where the disk does not take it. */
export function probeWrites(path: string): void {
  const probe = `${path}.probe`;
  try {
    writeDurably(probe, Buffer.alloc(PROBE_BYTES));
  } finally {
    rmSync(probe, { force: true });
  }
}
