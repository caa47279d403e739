// CPU milliseconds of each model and of the steps around it, one thread, interleaved: node dist/bench/models.js [ROUNDS]
import { join } from 'node:path';
import { alignFace } from '../src/engine/alignment.ts';
import { resample } from '../src/engine/crop.ts';
import { PIXELS } from '../src/engine/models/uint8-input.ts';
import { laplacianVariance } from '../src/engine/quality.ts';
import { createSession } from '../src/engine/session.ts';
import { createPixelMemory } from '../src/platform/pixels/pixel-memory.ts';
import { modelsDir, shippedModels } from '../test/support/engine.ts';

interface Step {
  readonly name: string;
  /** What research/models.md (section 5) measured on its machine, CPU ms; for the float graph, without its pre-processing. */
  readonly research?: number;
  /** Items (frames or faces) in one run. */
  readonly items: number;
  run(): unknown;
}

const ROUNDS = Number(process.argv[2] ?? 40);
const WARM_UP = 5;

const models = await shippedModels();
const load = (id: string) => createSession(join(modelsDir(), `${id}.onnx`), { threads: 1 });
const detector = await load(models.detector.id);
const landmarker = await load(models.landmarker!.id);
const embedder = await load(models.embedder.id);

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7919) & 0xff);
const feed = (dims: number[]) => ({
  [PIXELS]: { data: bytes(dims.reduce((product, dim) => product * dim, 1)), dims },
});
const still = (session: typeof detector, dims: number[]) => {
  const inputs = feed(dims);
  return () => session.run(inputs);
};
const landmarksOf = (scale: number) =>
  models.embedder.template.map(([x, y]) => ({ x: 300 + scale * x, y: 200 + scale * y })) as never;
const rgb = { format: 'rgb24', width: 1280, height: 960, data: bytes(1280 * 960 * 3) } as const;
const yuv = { format: 'yuv420p', width: 1280, height: 960, data: bytes((1280 * 960 * 3) / 2) } as const;
const align = (image: typeof rgb | typeof yuv, scale: number) => () =>
  alignFace(image, landmarksOf(scale), models.embedder.template, 112);
const luma = bytes(112 * 112);

const steps: Step[] = [
  { name: 'detector 320x240', research: 4.6, items: 1, run: still(detector, [1, 240, 320, 3]) },
  { name: 'detector 480x360', research: 8.9, items: 1, run: still(detector, [1, 360, 480, 3]) },
  { name: 'detector 480x360, two levels', items: 1, run: twoLevels() },
  { name: 'detector 480x288 (16:9), two levels', items: 1, run: twoLevels(288) },
  { name: 'detector 480x360, batch 4', items: 4, run: still(detector, [4, 360, 480, 3]) },
  { name: 'detector 640x480', research: 15.5, items: 1, run: still(detector, [1, 480, 640, 3]) },
  { name: 'landmarker', research: 0.9, items: 1, run: still(landmarker, [1, 64, 64, 1]) },
  { name: 'landmarker, batch 8', research: 0.54, items: 8, run: still(landmarker, [8, 64, 64, 1]) },
  { name: 'embedder', research: 8.6, items: 1, run: still(embedder, [1, 112, 112, 3]) },
  { name: 'embedder, batch 4', research: 7.9, items: 4, run: still(embedder, [4, 112, 112, 3]) },
  { name: 'align rgb24, face 110 px', items: 1, run: align(rgb, 1) },
  { name: 'align yuv420p, face 110 px', items: 1, run: align(yuv, 1) },
  { name: 'align yuv420p, face 550 px', items: 1, run: align(yuv, 5) },
  { name: 'crop for the landmarker, yuv420p', items: 1, run: landmarkCrop },
  { name: 'sharpness', items: 1, run: () => laplacianVariance(luma, 112) },
];

function twoLevels(height = 360) {
  const full = still(detector, [1, height, 480, 3]);
  const third = still(detector, [1, height / 3, 160, 3]);
  const memory = createPixelMemory();
  const batch = memory.join([picture(height)], { width: 480, height });
  return async () => {
    await full();
    memory.third(batch);
    await third();
  };
}

function picture(height: number) {
  return { format: 'yuv420p', width: 480, height, data: bytes((480 * height * 3) / 2) } as const;
}

function landmarkCrop() {
  const toImage = { xx: 2, xy: 0, x0: 300, yx: 0, yy: 2, y0: 200 };
  return resample(yuv, toImage, { width: 64, height: 64 }, 'replicate');
}

/** Once is too short for the clock of the short steps. */
const REPEATS = 10;
const times = new Map<Step, number[]>(steps.map(step => [step, []]));
for (let round = -WARM_UP; round < ROUNDS; round++)
  for (const [step, list] of times) {
    const before = process.cpuUsage();
    for (let repeat = 0; repeat < REPEATS; repeat++) await step.run();
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) list.push((user + system) / 1000 / REPEATS / step.items);
  }

console.log(`${'CPU ms per frame or face, one thread'.padEnd(38)}median    p10    p90  research`);
for (const [{ name, research }, list] of times) {
  list.sort((a, b) => a - b);
  const at = (share: number) => list[Math.floor(share * (list.length - 1))].toFixed(2).padStart(7);
  console.log(`${name.padEnd(37)}${at(0.5)}${at(0.1)}${at(0.9)}${(research?.toFixed(2) ?? '').padStart(10)}`);
}
await Promise.all([detector, landmarker, embedder].map(session => session.close()));
