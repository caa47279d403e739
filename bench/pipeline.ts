// What the whole daemon costs over the least that decoding and inference cost: node dist/bench/pipeline.js [--json]
// Limit: `ffmpeg -f null` on as many pictures of the same clips and the model calls that the daemon made, made again bare, both at once and
// at the daemon's pace. In a loop of their own, with nothing beside that takes the caches, the same calls cost less: told as well.
import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CameraReport } from '../src/domain/camera.ts';
import { fitScale } from '../src/domain/image.ts';
import { batchShape } from '../src/engine/letterbox.ts';
import { PIXELS } from '../src/engine/models/uint8-input.ts';
import { STEP } from '../src/engine/pyramid.ts';
import { createSession } from '../src/engine/session.ts';
import { modelsDir, shippedModels } from '../test/support/engine.ts';
import { type BenchDaemon, openBenchDaemon } from './bench-daemon.ts';
import { MAIN, walkClip } from './clips.ts';
import { bytesReadByChildren, type CpuTimes, cpuTimes } from './processes.ts';
import { giveUp, table } from './report.ts';

const CAMERAS = 4;
const WARM_UP_MS = 10_000;
/** Two rounds of the clip. */
const WINDOW_MS = 32_000;
const CLIP_SECONDS = 16;
const CLIP_FPS = 25;
const INPUT = { width: 480, height: 360 };

/** What the models were asked for in the window. */
interface Calls {
  readonly frames: number;
  readonly faces: number;
}

interface Window {
  readonly before: CpuTimes;
  readonly after: CpuTimes;
  readonly calls: Calls;
  /** Pictures that were decoded. */
  readonly pictures: number;
}

async function main(): Promise<void> {
  const clip = await walkClip(MAIN);
  const { before, after, calls, pictures } = await daemonWindow(clip);
  const models = await openModels();
  const loop = await models.call(calls, 0);
  const { pictureMs, result: called } = await whileDecoding(clip, () => models.call(calls, WINDOW_MS));
  await models.close();
  const decode = pictures * pictureMs;

  const spent = (of: (times: CpuTimes) => number) => of(after) - of(before);
  const ffmpeg = spent(({ children }) => children);
  const node = spent(({ process }) => process);
  const mainThread = spent(times => times.mainThread);
  // Of threads that keep their order: the engine's workers are the busiest.
  const workers = busiest(before, after, 2);
  const ratio = (ffmpeg + node) / (decode + called);
  const ratioToLoop = (ffmpeg + node) / (decode + loop);
  const core = (ms: number) => `${((100 * ms) / WINDOW_MS / CAMERAS).toFixed(2)} %`;
  const row = (name: string, ms: number) => [name, (ms / 1000).toFixed(2), core(ms)];
  const pace = pictures / CLIP_FPS / CAMERAS / (WINDOW_MS / 1000);
  console.log(
    `${CAMERAS} x 1080p25, ${WINDOW_MS / 1000} s at ${pace.toFixed(2)} of their pace: ` +
      `${calls.frames} frames looked at, ${calls.faces} faces described`,
  );
  console.log(
    table(
      ['', 'CPU s', 'core per camera'],
      [
        row('decoding (ffmpeg -f null)', decode),
        row('the model calls beside it', called),
        row('limit', decode + called),
        row('the model calls in a loop', loop),
        row('daemon: ffmpeg', ffmpeg),
        row('daemon: engine workers', workers),
        row('daemon: main thread', mainThread),
        row('daemon: other threads', node - mainThread - workers),
        row('daemon', ffmpeg + node),
      ],
    ),
  );
  console.log(`ratio ${ratio.toFixed(3)}; ${ratioToLoop.toFixed(3)} to decoding and the calls in a loop`);
  const rounded = (value: number) => Number(value.toFixed(4));
  if (process.argv.includes('--json'))
    console.log(JSON.stringify({ ratio: rounded(ratio), ratio_to_loop: rounded(ratioToLoop) }));
}

/** Does something while as many decoders as there are cameras decode the clip into nothing, each at its pace; CPU milliseconds of one picture meanwhile. */
async function whileDecoding<T>(
  clip: string,
  work: () => Promise<T>,
): Promise<{ pictureMs: number; result: T }> {
  const input = ['-v', 'error', '-nostdin', '-threads', '1', '-re', '-stream_loop', '-1', '-i', clip, '-an'];
  const output = ['-threads', '1', '-f', 'null', '-progress', 'pipe:1', '-stats_period', '0.2', '-'];
  const decoded = Array.from({ length: CAMERAS }, () => 0);
  const children = decoded.map((_, at) => {
    const child = spawn('ffmpeg', [...input, ...output], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', chunk => {
      decoded[at] = Number([...String(chunk).matchAll(/frame=\s*(\d+)/g)].at(-1)?.[1] ?? decoded[at]);
    });
    return child;
  });
  const soFar = () => ({
    ms: cpuTimes(process.pid).children,
    pictures: decoded.reduce((sum, count) => sum + count, 0),
  });
  try {
    await sleep(2000);
    const before = soFar();
    const result = await work();
    const after = soFar();
    return { pictureMs: (after.ms - before.ms) / (after.pictures - before.pictures), result };
  } finally {
    await Promise.all(
      children.map(child => {
        child.kill('SIGKILL');
        return new Promise(resolve => child.once('close', resolve));
      }),
    );
  }
}

async function daemonWindow(clip: string): Promise<Window> {
  const camera = `url: "file://${clip}", loop: true`;
  const daemon = await openBenchDaemon({ cameras: Array.from({ length: CAMERAS }, () => camera) });
  try {
    await daemon.live();
    await sleep(WARM_UP_MS);
    const [earlier, before, readBefore] = [
      await counts(daemon),
      cpuTimes(daemon.pid),
      bytesReadByChildren(daemon.pid),
    ];
    await sleep(WINDOW_MS);
    const [later, after, readAfter] = [
      await counts(daemon),
      cpuTimes(daemon.pid),
      bytesReadByChildren(daemon.pid),
    ];
    const calls = {
      frames: later.frames - earlier.frames,
      faces: later.faces - earlier.faces,
    };
    // A decoder that falls behind has read less of its clip.
    const rounds = (readAfter - readBefore) / (await stat(clip)).size;
    return { before, after, calls, pictures: rounds * CLIP_SECONDS * CLIP_FPS };
  } finally {
    await daemon.close();
  }
}

async function counts(daemon: BenchDaemon): Promise<Calls> {
  const cameras = await daemon.cameras();
  const sum = (of: (camera: CameraReport) => number) =>
    cameras.reduce((total, camera) => total + of(camera), 0);
  return {
    frames: sum(({ recognition }) => recognition?.frames ?? 0),
    faces: sum(({ recognition }) => recognition?.described ?? 0),
  };
}

interface Models {
  /** CPU milliseconds of these calls, one picture or face each, spread over `ms`; one after the other for 0. */
  call(calls: Calls, ms: number): Promise<number>;
  close(): Promise<void>;
}

/** The models of the daemon, bare, on one thread. */
async function openModels(): Promise<Models> {
  const models = await shippedModels();
  const load = (id: string) => createSession(join(modelsDir(), `${id}.onnx`), { threads: 1 });
  const detector = await load(models.detector.id);
  const landmarker = await load(models.landmarker!.id);
  const embedder = await load(models.embedder.id);
  const scale = fitScale(MAIN, INPUT);
  const size = { width: MAIN.width * scale, height: MAIN.height * scale };
  const image = { format: 'yuv420p', ...size, data: new Uint8Array() } as const;
  const picture = { image, scale, fullWidth: MAIN.width, fullHeight: MAIN.height };
  const { width, height } = batchShape([picture], models.detector.input);
  const asked = (dims: number[]) => ({
    [PIXELS]: {
      data: Uint8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => (i * 7919) & 0xff),
      dims,
    },
  });
  const look = [
    asked([1, height, width, 3]),
    asked([1, Math.floor(height / STEP), Math.floor(width / STEP), 3]),
  ];
  const located = asked([1, 64, 64, 1]);
  const described = asked([1, 112, 112, 3]);
  const perFrame = async () => {
    for (const inputs of look) await detector.run(inputs);
  };
  const looks = models.landmarker!.crop.secondLook ? 2 : 1;
  const perFace = async () => {
    for (let look = 0; look < looks; look++) await landmarker.run(located);
    await embedder.run(described);
  };
  return {
    call: async ({ frames, faces }, ms) => {
      for (let warm = 0; warm < 10; warm++) await Promise.all([perFrame(), perFace()]);
      const began = performance.now();
      const before = process.cpuUsage();
      for (let frame = 0, described = 0; frame < frames; frame++) {
        const wait = began + (ms * frame) / frames - performance.now();
        if (wait > 0) await sleep(wait);
        await perFrame();
        for (; described < (faces * (frame + 1)) / frames; described++) await perFace();
      }
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    },
    close: async () => {
      await Promise.all([detector, landmarker, embedder].map(session => session.close()));
    },
  };
}

function busiest(before: CpuTimes, after: CpuTimes, count: number): number {
  const sum = ({ otherThreads }: CpuTimes) =>
    otherThreads.slice(0, count).reduce((total, ms) => total + ms, 0);
  return sum(after) - sum(before);
}

await main().catch(giveUp);
