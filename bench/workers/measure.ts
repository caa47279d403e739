// One setting of bench/workers.ts: node dist/bench/workers/measure.js '{"workers":2,"threads":1,"seconds":5}'; prints the result as JSON.
import { ConfigSchema } from '../../src/config/schema.ts';
import { imageBytes, type Picture } from '../../src/domain/image.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { modelsDir, shippedModels, workerFile } from '../../test/support/engine.ts';
import type { Measured, Setting } from './settings.ts';

const CAMERAS = 8;
/** A face is described in each so-manieth frame: what tracks of people who stand still need. */
const DESCRIBE_EVERY = 4;

const setting: Setting & { seconds: number } = JSON.parse(process.argv[2]);
const engine = await openEngine({
  models: await shippedModels(),
  dir: modelsDir(),
  config: { ...ConfigSchema.parse({}).engine, workers: setting.workers },
  log: silentLogger,
  workerFile,
  threads: setting.threads,
});
const pixels = (length: number) => {
  const data = new Uint8Array(new SharedArrayBuffer(length));
  for (let at = 0; at < length; at++) data[at] = (at * 7919 + (at >> 9)) & 0xff;
  return data;
};
const picture: Picture = {
  small: { format: 'rgb24', width: 480, height: 360, data: pixels(480 * 360 * 3) },
  full: {
    format: 'yuv420p',
    width: 1920,
    height: 1080,
    data: pixels(imageBytes('yuv420p', 1920, 1080)),
  },
  scale: 0.25,
};
const face = { box: { left: 900, top: 400, right: 1000, bottom: 530 }, score: 0.9 };

await play(CAMERAS, 1000);
const alone = await play(1, setting.seconds * 500);
const before = process.cpuUsage();
const startedAt = performance.now();
const together = await play(CAMERAS, setting.seconds * 1000);
const elapsed = performance.now() - startedAt;
const { user, system } = process.cpuUsage(before);
const measured: Measured = {
  framesPerSecond: (together.length * 1000) / elapsed,
  cpuMsPerFrame: (user + system) / 1000 / together.length,
  aloneMs: quantile(alone, 0.5),
  aloneP95Ms: quantile(alone, 0.95),
  rssMb: process.memoryUsage.rss() / 2 ** 20,
};
await engine.close();
console.log(JSON.stringify(measured));

/** Milliseconds that each detector call took from asking to the answer, of so many cameras that ask again at once. */
async function play(cameras: number, ms: number): Promise<number[]> {
  const end = performance.now() + ms;
  const times: number[] = [];
  const camera = async (id: string) => {
    for (let frame = 1; performance.now() < end; frame++) {
      const askedAt = performance.now();
      await engine.detectNewest(() => picture, { camera: id });
      times.push(performance.now() - askedAt);
      if (frame % DESCRIBE_EVERY === 0)
        await engine.describe({ ...picture, cameraId: id }, [face], { lane: 'camera' });
    }
  };
  await Promise.all(Array.from({ length: cameras }, (_, at) => camera(`${at}`)));
  return times;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}
