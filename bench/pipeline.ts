// What the whole daemon costs over the least that decoding and inference cost: node dist/bench/pipeline.js [--json]
// Limit: `ffmpeg -f null` on as many pictures of the same clips and the model calls that the daemon makes, made again bare. Both run beside the
// daemon in the same seconds, as a processor's speed changes from one minute to the next. In a loop of their own afterwards, with nothing beside
// that takes the caches, the same calls cost less: told as well.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
/** V8 compiles for minutes what runs a few times a second, and never again. */
const WARM_UP_MS = 180_000;
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

/** What was used and done so far. */
interface Totals {
  readonly daemon: CpuTimes;
  readonly calls: Calls;
  /** Bytes of their clips that the daemon's decoders have read; one that falls behind has read less. */
  readonly bytesRead: number;
  readonly bareMs: number;
  readonly barePictures: number;
}

async function main(): Promise<void> {
  const clip = await walkClip(MAIN);
  const models = await openModels();
  const camera = `url: "file://${clip}", loop: true`;
  const daemon = await openBenchDaemon({ cameras: Array.from({ length: CAMERAS }, () => camera) });
  const bare = startBareDecoders(clip);
  const totals = async (): Promise<Totals> => ({
    daemon: cpuTimes(daemon.pid),
    bytesRead: bytesReadByChildren(daemon.pid),
    bareMs: bare.ms(),
    barePictures: bare.pictures(),
    calls: await counts(daemon),
  });
  const watched = async () => {
    try {
      await daemon.live();
      await sleep(WARM_UP_MS);
      const before = await totals();
      const called = await callAlong(models, daemon, before.calls);
      return { before, called, after: await totals() };
    } finally {
      await Promise.all([daemon.close(), bare.close()]);
    }
  };
  const window = await watched();
  const loop = await models.call(difference(window.after.calls, window.before.calls), 0);
  await models.close();
  report({ ...window, loop, clipBytes: (await stat(clip)).size });
}

function report(seen: { before: Totals; after: Totals; called: number; loop: number; clipBytes: number }) {
  const { before, after, called, loop } = seen;
  const spent = (of: (totals: Totals) => number) => of(after) - of(before);
  const pictures = (spent(({ bytesRead }) => bytesRead) / seen.clipBytes) * CLIP_SECONDS * CLIP_FPS;
  const decode = (spent(({ bareMs }) => bareMs) / spent(({ barePictures }) => barePictures)) * pictures;
  const ffmpeg = spent(({ daemon }) => daemon.children);
  const node = spent(({ daemon }) => daemon.process);
  const mainThread = spent(({ daemon }) => daemon.mainThread);
  // Of threads that keep their order: the engine's workers are the busiest.
  const workers = busiest(before.daemon, after.daemon, 2);
  const ratio = (ffmpeg + node) / (decode + called);
  const ratioToLoop = (ffmpeg + node) / (decode + loop);
  const core = (ms: number) => `${((100 * ms) / WINDOW_MS / CAMERAS).toFixed(2)} %`;
  const row = (name: string, ms: number) => [name, (ms / 1000).toFixed(2), core(ms)];
  const pace = pictures / CLIP_FPS / CAMERAS / (WINDOW_MS / 1000);
  const { frames, faces } = difference(after.calls, before.calls);
  console.log(
    `${CAMERAS} x 1080p25, ${WINDOW_MS / 1000} s at ${pace.toFixed(2)} of their pace: ` +
      `${frames} frames looked at, ${faces} faces described`,
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

interface BareDecoders {
  /** CPU milliseconds and pictures of all together so far. */
  ms(): number;
  pictures(): number;
  close(): Promise<void>;
}

/** As many decoders as there are cameras, which decode the clip into nothing, each at its pace. */
function startBareDecoders(clip: string): BareDecoders {
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
  return {
    ms: () => children.reduce((sum, { pid }) => sum + cpuTimes(pid!).process, 0),
    pictures: () => decoded.reduce((sum, count) => sum + count, 0),
    close: async () => {
      const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(running.map(child => once(child, 'close')));
    },
  };
}

/** Makes the daemon's calls of each second in the next one, for a window; their CPU milliseconds. */
async function callAlong(models: Models, daemon: BenchDaemon, first: Calls): Promise<number> {
  const began = performance.now();
  let ms = 0;
  let done = first;
  for (let end = began + 1000; end <= began + WINDOW_MS; end += 1000) {
    const calls = await counts(daemon);
    ms += await models.call(difference(calls, done), 900);
    await sleep(end - performance.now());
    done = calls;
  }
  const last = await counts(daemon);
  return (ms * (last.frames - first.frames)) / (done.frames - first.frames);
}

function difference(one: Calls, other: Calls): Calls {
  return { frames: one.frames - other.frames, faces: one.faces - other.faces };
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
  for (let warm = 0; warm < 10; warm++) await Promise.all([perFrame(), perFace()]);
  return {
    call: async ({ frames, faces }, ms) => {
      const began = performance.now();
      let spent = 0;
      for (let frame = 0, described = 0; frame < frames; frame++) {
        const wait = began + (ms * frame) / frames - performance.now();
        if (wait > 0) await sleep(wait);
        const before = process.cpuUsage();
        await perFrame();
        for (; described < (faces * (frame + 1)) / frames; described++) await perFace();
        const { user, system } = process.cpuUsage(before);
        spent += (user + system) / 1000;
      }
      return spent;
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
