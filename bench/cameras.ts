// How many cameras this machine serves at 5 frames a second each: node dist/bench/cameras.js [--json]
// Cameras are files at their own pace, so that no server counts; a number passes when every camera is given at least 4.5 frames a second.
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CameraReport } from '../src/domain/camera.ts';
import { openBenchDaemon } from './bench-daemon.ts';
import { type ClipSize, MAIN, SUB, walkClip } from './clips.ts';
import { cpuTimes, residentMb } from './processes.ts';
import { giveUp, table } from './report.ts';

const FPS = 5;
const LEAST_FPS = 4.5;
const WARM_UP_MS = 8000;
const WINDOW_MS = 16_000;

/** What one trial showed. */
interface Trial {
  readonly cameras: number;
  /** Frames a second that the worst-served camera was given: looked at, or found still. */
  readonly leastFps: number;
  /** Cores in use by the daemon and its children. */
  readonly cores: number;
  readonly residentMb: number;
}

async function main(): Promise<void> {
  const main1080p25 = await most('1080p25', MAIN, [4, 6, 8, 10]);
  const sub360p25 = await most('360p25', SUB, [16, 20, 24, 28, 32]);
  if (process.argv.includes('--json')) console.log(JSON.stringify({ main1080p25, sub360p25 }));
}

/** The largest number that passes: the steps upwards until one fails, then one by one below it. */
async function most(name: string, size: ClipSize, steps: readonly number[]): Promise<number> {
  const clip = await walkClip(size);
  const trials: Trial[] = [];
  const passes = async (cameras: number) => {
    const trial = await tryOut(clip, cameras);
    trials.push(trial);
    return trial.leastFps >= LEAST_FPS;
  };
  let best = 0;
  let worst: number | undefined;
  for (const cameras of steps) {
    if (await passes(cameras)) best = cameras;
    else worst = cameras;
    if (worst !== undefined) break;
  }
  if (worst !== undefined)
    for (let cameras = best + 1; cameras < worst && (await passes(cameras)); cameras++) best = cameras;
  console.log(`${name}: ${best} cameras on ${availableParallelism()} cores`);
  console.log(
    table(
      ['cameras', 'least fps', 'cores used', 'daemon MB'],
      trials.map(trial => [
        String(trial.cameras),
        trial.leastFps.toFixed(2),
        trial.cores.toFixed(2),
        trial.residentMb.toFixed(0),
      ]),
    ),
  );
  return best;
}

async function tryOut(clip: string, cameras: number): Promise<Trial> {
  const camera = `url: "file://${clip}", loop: true, fps: ${FPS}`;
  const daemon = await openBenchDaemon({ cameras: Array.from({ length: cameras }, () => camera) });
  try {
    await daemon.live();
    await sleep(WARM_UP_MS);
    const [earlier, before] = [await daemon.cameras(), cpuTimes(daemon.pid)];
    const since = performance.now();
    await sleep(WINDOW_MS);
    const [later, after] = [await daemon.cameras(), cpuTimes(daemon.pid)];
    const ms = performance.now() - since;
    const given = later.map((camera, at) => (1000 * (framesOf(camera) - framesOf(earlier[at]))) / ms);
    const cpu = after.process + after.children - before.process - before.children;
    return {
      cameras,
      leastFps: Math.min(...given),
      cores: cpu / ms,
      residentMb: residentMb(daemon.pid),
    };
  } finally {
    await daemon.close();
  }
}

function framesOf({ recognition }: CameraReport): number {
  return (recognition?.frames ?? 0) + (recognition?.still ?? 0);
}

await main().catch(giveUp);
