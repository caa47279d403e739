import { writeSync } from 'node:fs';

const still = new Int32Array(new SharedArrayBuffer(4));

/** Writes a line of JSON to standard output before it returns, however slowly that is read: what follows may be the end of the process. */
export function say(line: object): void {
  for (let rest = Buffer.from(`${JSON.stringify(line)}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(still, 0, 0, 1);
    }
  }
}
