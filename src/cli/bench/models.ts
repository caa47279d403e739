import { loadCatalog, selectModels } from '../../config/catalog.ts';
import { catalogFile, modelsDir } from '../../config/paths.ts';
import type { Config } from '../../config/schema.ts';
import type { Image, Picture } from '../../domain/image.ts';
import { openEngine } from '../../engine/engine.ts';
import { silentLogger } from '../../platform/logger.ts';
import { cameraInput } from '../face-finder.ts';
import type { Terminal } from '../terminal.ts';

/** Milliseconds of one core. */
export interface ModelTimes {
  /** Faces found in one picture, and one face described: landmarks, alignment, embedding. */
  readonly detectMs: number;
  readonly describeMs: number;
}

const ROUNDS = 40;
const WARM_UP = 5;

/** Times the models on made-up pictures, in one worker. Throws StartupError where the models cannot be used. */
export async function measureModels(config: Config, { env }: Terminal): Promise<ModelTimes> {
  const engine = await openEngine({
    models: selectModels(await loadCatalog(catalogFile(config)), config.models),
    dir: modelsDir(config, env),
    config: { ...config.engine, workers: 1 },
    log: silentLogger,
  });
  try {
    const picture = madeUpPicture(cameraInput(config));
    const face = { box: { left: 200, top: 100, right: 320, bottom: 250 }, score: 1 };
    const round = async () => {
      await engine.detect(picture, 'upload');
      await engine.describe(picture, [face], { lane: 'upload' });
    };
    for (let i = 0; i < WARM_UP; i++) await round();
    const before = engine.stats().busyMs;
    for (let i = 0; i < ROUNDS; i++) await round();
    const after = engine.stats().busyMs;
    const spent = (stage: keyof typeof after) => (after[stage] - before[stage]) / ROUNDS;
    return { detectMs: spent('detect'), describeMs: spent('landmark') + spent('align') + spent('embed') };
  } finally {
    await engine.close();
  }
}

/** What the models take for a picture costs as much as any other: their time does not depend on what it shows. */
function madeUpPicture(input: { width: number; height: number }): Picture {
  const image = (width: number, height: number): Image => {
    const data = new Uint8Array(new SharedArrayBuffer(width * height * 3));
    for (let at = 0; at < data.length; at++) data[at] = (at * 7919) >> 3;
    return { format: 'rgb24', width, height, data };
  };
  return { small: image(input.width, input.height), full: image(640, 480), scale: input.width / 640 };
}
