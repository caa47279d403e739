import { loadCatalog, selectModels } from '../config/catalog.ts';
import { catalogFile, modelsDir } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import { inputSize } from '../daemon/input-size.ts';
import { qualityLimits } from '../daemon/limits.ts';
import { boxHeight } from '../domain/geometry.ts';
import type { Image, Picture } from '../domain/image.ts';
import { judgeQuality, type QualityReason } from '../domain/quality.ts';
import { resample } from '../engine/crop.ts';
import { openEngine } from '../engine/engine.ts';
import { drawFaces } from '../ingest/annotation.ts';
import { encodeJpeg } from '../ingest/jpeg.ts';
import { silentLogger } from '../platform/logger.ts';
import type { Terminal } from './terminal.ts';

/** A face in a camera's picture, as an installer needs to know it; lengths in pixels of the full picture. */
export interface FoundFace {
  readonly height: number;
  readonly score: number;
  /** What is wrong with it; empty where it is good enough to recognize, or to enroll. */
  readonly recognize: readonly QualityReason[];
  readonly enroll: readonly QualityReason[];
}

/** The picture with the most to see in it. */
export interface AnnotatedPicture {
  readonly faces: readonly FoundFace[];
  readonly jpeg: Uint8Array;
}

/** Finds the faces of each picture as the daemon would, and draws them into the one with the most face in it. Throws StartupError where the models cannot be used. */
export async function annotateBest(
  pictures: readonly Picture[],
  config: Config,
  terminal: Terminal,
): Promise<AnnotatedPicture> {
  const models = selectModels(await loadCatalog(catalogFile(config)), config.models);
  const engine = await openEngine({
    models,
    dir: modelsDir(config, terminal.env),
    config: { ...config.engine, workers: 1 },
    log: silentLogger,
  });
  try {
    const found = [];
    for (const picture of pictures) found.push(await engine.detect(picture, 'upload'));
    const most = found.map(detections => detections.reduce((sum, { box }) => sum + boxHeight(box), 0));
    const at = most.indexOf(Math.max(...most));
    const picture = pictures[at]!;
    const faces = await engine.describe(picture, found[at]!, { lane: 'upload' });
    const judged = faces.map(face => ({
      face,
      recognize: judgeQuality(
        face.quality,
        qualityLimits(config.recognition.quality, models.embedder, 'recognition'),
      ),
      enroll: judgeQuality(
        face.quality,
        qualityLimits(config.enrollment.quality, models.embedder, 'enrollment'),
      ),
    }));
    const image = inColour(picture.full);
    drawFaces(
      image,
      judged.map(({ face, recognize }) => ({ ...face, good: recognize.length === 0 })),
    );
    return {
      faces: judged.map(({ face, recognize, enroll }) => ({
        height: Math.round(boxHeight(face.box)),
        score: Math.round(face.score * 1000) / 1000,
        recognize,
        enroll,
      })),
      jpeg: await encodeJpeg(image),
    };
  } finally {
    await engine.close();
  }
}

/** The detector input of camera pictures. */
export function cameraInput(config: Config): { width: number; height: number } {
  return inputSize(config.engine.cameraInput);
}

/** A picture that was only lent. */
export function copyOf({ small, full, scale }: Picture): Picture {
  const copy = (image: Image): Image => {
    const data = new Uint8Array(new SharedArrayBuffer(image.data.length));
    data.set(image.data);
    return { ...image, data };
  };
  return { small: copy(small), full: copy(full), scale };
}

function inColour(full: Image): Image {
  const { width, height } = full;
  const data = resample(full, { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 }, { width, height }, 'replicate');
  return { format: 'rgb24', width, height, data };
}
