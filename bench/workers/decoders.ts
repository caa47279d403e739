import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** ffmpeg processes that decode a clip over and over, at its own pace. */
export interface Decoders {
  /** Seconds of video per second that the slowest got through since all were under way; 1 is in time. */
  speed(): number;
  stop(): Promise<void>;
}

interface Progress {
  readonly at: number;
  readonly second: number;
}

/** Starts them on the first `cores` cores. */
export function startDecoders(clip: string, count: number, cores: number): Decoders {
  const running = Array.from({ length: count }, () => startOne(clip, cores));
  return {
    speed: () => Math.min(...running.map(one => one.speed())),
    async stop() {
      await Promise.all(running.map(one => one.stop()));
    },
  };
}

function startOne(clip: string, cores: number): Decoders {
  const child = spawn(
    'taskset',
    [
      ...['-c', `0-${cores - 1}`, 'ffmpeg', '-v', 'error', '-nostdin', '-progress', 'pipe:1'],
      ...['-threads', '1', '-re', '-stream_loop', '-1', '-i', clip],
      ...[
        '-vf',
        'select=not(mod(n\\,5)),scale=480:-2',
        '-fps_mode',
        'passthrough',
        '-threads',
        '1',
        '-f',
        'null',
        '-',
      ],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let first: Progress | undefined;
  let last: Progress | undefined;
  child.stdout.on('data', chunk => {
    const microseconds = /out_time_us=(\d+)/.exec(String(chunk))?.[1];
    if (microseconds === undefined) return;
    last = { at: performance.now() / 1000, second: Number(microseconds) / 1e6 };
    first ??= last;
  });
  return {
    speed: () =>
      first && last && last.at > first.at ? (last.second - first.second) / (last.at - first.at) : 0,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
