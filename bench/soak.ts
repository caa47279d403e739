// The daemon with four faulty cameras for a long time: node dist/bench/soak.js [--minutes 60] [--json]
// Each minute one camera, at random, has a fault; what grows, hangs or stays away shows in the table and the last line.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cached, encoder, type FaceVideo, faceVideo, ffmpeg } from '../test/support/media.ts';
import { openCameraProcess } from '../test/support/rtsp-camera/camera-process.ts';
import { type BenchDaemon, openBenchDaemon } from './bench-daemon.ts';
import { childrenOf } from './processes.ts';
import { giveUp, table } from './report.ts';
import { oneOf, SOAK_FAULTS, type SoakTarget } from './soak-faults.ts';
import { rssSlopeMbPerHour, type SoakSample, takeSample } from './soak-samples.ts';

const FPS = 2;
const CLIP_FPS = 15;
const CLIPS: readonly { video: FaceVideo; from: number }[] = [
  { video: 'franck', from: 0 },
  { video: 'franck', from: 60 },
  { video: 'cap12_edit', from: 0 },
  { video: 'cap13_edit2', from: 0 },
];
const CLIP_SECONDS = 25;
const FIRST_FAULT_MS = 5000;
const FAULT_EVERY_MS = 60_000;
const SAMPLE_EVERY_MS = 10_000;
/** V8 and the allocators fill up ever more slowly for most of an hour; each kind of fault must have been met, too. */
const WARM_UP_MINUTES = 50;
/** Longer than the longest wait before a new try. */
const RECOVERY_MS = 100_000;
const ROWS = 30;
const CAMERA_PROGRAM = new URL('../test/support/rtsp-camera/camera-program.js', import.meta.url);

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, json: { type: 'boolean', default: false } },
});
await main(Number(values.minutes)).catch(giveUp);

async function main(minutes: number): Promise<void> {
  if (!(minutes > 0)) throw new Error('--minutes needs a number above 0');
  const clips = await Promise.all(CLIPS.map(clip => clipOf(clip, 360)));
  const otherClips = await Promise.all(CLIPS.map(clip => clipOf(clip, 240)));
  const setups = clips.map(clip => ({ clip, fps: CLIP_FPS }));
  const { cameras, close } = await openCameraProcess(setups, CAMERA_PROGRAM);
  try {
    const daemon = await openBenchDaemon({
      cameras: cameras.map(({ url }) => `url: "${url}", fps: ${FPS}, burstFps: ${FPS}`),
    });
    try {
      await daemon.live();
      const decoders = () => childrenOf(daemon.pid);
      const targets = cameras.map((camera, at) => ({
        ...{ camera, decoders },
        ...{ clip: clips[at], otherClip: otherClips[at] },
      }));
      const [samples, faults] = await Promise.all([
        takeSamples(daemon, minutes),
        injectFaults(targets, minutes),
      ]);
      await settled(daemon);
      report([...samples, takeSample(daemon.pid, minutes, await daemon.cameras())], { minutes, faults });
    } finally {
      await daemon.close();
    }
  } finally {
    await close();
  }
}

/** One fault in each minute; how many there were. */
async function injectFaults(targets: readonly SoakTarget[], minutes: number): Promise<number> {
  const began = performance.now();
  let faults = 0;
  for (let due = FIRST_FAULT_MS; due < minutes * 60_000; due += FAULT_EVERY_MS) {
    await sleep(Math.max(0, began + due - performance.now()));
    const [name, inject] = oneOf(Object.entries(SOAK_FAULTS))!;
    const target = oneOf(targets)!;
    const what = name.replace('%', `${targets.indexOf(target) + 1}`);
    console.error(`minute ${(due / 60_000).toFixed(1)}: ${what}`);
    await inject(target);
    faults++;
  }
  return faults;
}

async function takeSamples(daemon: BenchDaemon, minutes: number): Promise<SoakSample[]> {
  const began = performance.now();
  const samples: SoakSample[] = [];
  for (let due = 0; due < minutes * 60_000; due += SAMPLE_EVERY_MS) {
    await sleep(Math.max(0, began + due - performance.now()));
    samples.push(takeSample(daemon.pid, due / 60_000, await daemon.cameras()));
  }
  return samples;
}

/** Waits until every camera is live, or has had the time for it. */
async function settled(daemon: BenchDaemon): Promise<void> {
  for (const end = performance.now() + RECOVERY_MS; performance.now() < end; await sleep(500)) {
    if ((await daemon.cameras()).every(({ phase }) => phase === 'live')) return;
  }
}

function report(samples: readonly SoakSample[], run: { minutes: number; faults: number }): void {
  const every = Math.ceil(samples.length / ROWS);
  const rows = samples.filter((_, at) => at % every === 0 || at === samples.length - 1);
  console.log(
    table(
      ['minute', 'daemon MB', 'files', 'children', 'zombies', 'cameras'],
      rows.map(({ minute, rssMb, files, children, zombies, phases }) => [
        ...[minute.toFixed(1), rssMb.toFixed(1), `${files}`, `${children}`, `${zombies}`, phases.join(' ')],
      ]),
    ),
  );
  const warmUp = Math.min(WARM_UP_MINUTES, (2 * run.minutes) / 3);
  const slope = rssSlopeMbPerHour(samples.filter(({ minute }) => minute >= warmUp));
  const { zombies, phases } = samples.at(-1)!;
  const live = phases.filter(phase => phase === 'live').length;
  console.log(
    `${run.faults} faults in ${run.minutes} minutes: memory grows by ${slope.toFixed(1)} MB/h after ${warmUp.toFixed(1)} minutes, ${zombies} zombies, ${live} of ${phases.length} cameras live`,
  );
  if (values.json) {
    const rounded = Number(slope.toFixed(2));
    console.log(JSON.stringify({ rss_slope_mb_per_h: rounded, zombies, live, ...run }));
  }
}

/** A part of a real video of a face, of this height, as a camera sends it. */
function clipOf({ video, from }: (typeof CLIPS)[number], height: number): Promise<string> {
  return cached(`soak-${video}-${from}-${height}p.h264`, async file =>
    ffmpeg([
      ...['-ss', `${from}`, '-i', await faceVideo(video), '-t', `${CLIP_SECONDS}`, '-an'],
      ...['-vf', `scale=-2:${height},fps=${CLIP_FPS}`, ...encoder('h264', CLIP_FPS), file],
    ]),
  );
}
