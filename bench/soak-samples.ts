import { readdirSync, readFileSync } from 'node:fs';
import type { CameraReport } from '../src/domain/camera.ts';
import { childrenOf, residentMb } from './processes.ts';

/** The daemon at one moment. */
export interface SoakSample {
  /** Since the soak began. */
  readonly minute: number;
  /** Of the daemon alone, in MB (10^6 bytes). */
  readonly rssMb: number;
  /** Open file descriptors of the daemon. */
  readonly files: number;
  readonly children: number;
  readonly zombies: number;
  readonly phases: readonly string[];
}

/** Reads it from /proc; throws where the daemon is gone. */
export function takeSample(pid: number, minute: number, cameras: readonly CameraReport[]): SoakSample {
  const states = childrenOf(pid).map(stateOf);
  return {
    minute,
    rssMb: residentMb(pid),
    files: readdirSync(`/proc/${pid}/fd`).length,
    children: states.length,
    zombies: states.filter(state => state === 'Z').length,
    phases: cameras.map(({ phase }) => phase),
  };
}

/** Slope of the line of least squares through the memory of these samples, in MB an hour; 0 for fewer than two. */
export function rssSlopeMbPerHour(samples: readonly Pick<SoakSample, 'minute' | 'rssMb'>[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const minute = mean(samples.map(sample => sample.minute));
  const rss = mean(samples.map(sample => sample.rssMb));
  const spread = samples.reduce((sum, sample) => sum + (sample.minute - minute) ** 2, 0);
  if (samples.length < 2 || spread === 0) return 0;
  const shared = samples.reduce((sum, sample) => sum + (sample.minute - minute) * (sample.rssMb - rss), 0);
  return (60 * shared) / spread;
}

function stateOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2)[0]!;
  } catch {
    return 'gone';
  }
}
