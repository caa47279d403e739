import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How the engine is run. */
export interface Setting {
  readonly cores: number;
  readonly workers: number;
  readonly threads: number;
}

/** What that gave. */
export interface Measured {
  /** Frames that eight cameras got through together, and what each cost. */
  readonly framesPerSecond: number;
  readonly cpuMsPerFrame: number;
  /** From asking to the answer for a camera that is alone: median and 95th percentile, milliseconds. */
  readonly aloneMs: number;
  readonly aloneP95Ms: number;
  /** Of the whole process at the end. */
  readonly rssMb: number;
}

/** Measures a setting in a process that may use the first `cores` cores only. */
export async function measureIn(setting: Setting, seconds: number): Promise<Measured> {
  const program = fileURLToPath(new URL('./measure.js', import.meta.url));
  const child = spawn(
    'taskset',
    ['-c', `0-${setting.cores - 1}`, process.execPath, program, JSON.stringify({ ...setting, seconds })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', chunk => (output += String(chunk)));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the measurement of ${JSON.stringify(setting)} ended with code ${code}`);
  return JSON.parse(output) as Measured;
}
