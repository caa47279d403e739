import { join } from 'node:path';
import type { DetectorEntry } from '../config/catalog.ts';
import type { Detection } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import { scaleBox, scaleLandmarks } from '../domain/geometry.ts';
import { createPixelMemory, type PixelBatch } from '../platform/pixels/pixel-memory.ts';
import type { Decoder, SmallPicture } from './decoding.ts';
import { itemByItem } from './item-by-item.ts';
import { batchShape } from './letterbox.ts';
import { PIXELS } from './models/uint8-input.ts';
import type { Level } from './pyramid.ts';
import { mergeLevels, reductionsFor, STEP } from './pyramid.ts';
import { scrfdDecoder } from './scrfd.ts';
import { createSession } from './session.ts';
import { ultraFaceDecoder } from './ultraface.ts';
import { yuNetDecoder } from './yunet.ts';

/** Finds faces in pictures. */
export interface Detector {
  /** Detections of each picture, best first, in pixels of its `full`. */
  detect(pictures: readonly SmallPicture[]): Promise<Detection[][]>;
  close(): Promise<void>;
}

/** Loads a detector; how its outputs are read follows from the family and the decoding of its entry. */
export async function openDetector(
  entry: DetectorEntry,
  dir: string,
  options: { threads: number; minScore: number },
): Promise<Detector> {
  const session = await createSession(join(dir, `${entry.id}.onnx`), options);
  const decode = decoderOf(entry);
  const memory = createPixelMemory();
  const maxFaceHeight = 'maxFaceHeight' in entry.decoding ? entry.decoding.maxFaceHeight : undefined;

  const candidatesIn = async ({ pixels, ...shape }: PixelBatch): Promise<Detection[][]> => {
    const { count, width, height } = shape;
    const outputs = await session.run({ [PIXELS]: { data: pixels, dims: [count, height, width, 3] } });
    return decode(outputs, shape, options.minScore);
  };

  /** Levels of each picture, finest first. */
  const look = async (batch: PixelBatch): Promise<Level[][]> => {
    const reductions = maxFaceHeight === undefined ? 0 : reductionsFor(batch.height, maxFaceHeight);
    const levels: Level[][] = Array.from({ length: batch.count }, () => []);
    let level = batch;
    for (let step = 0; ; step++) {
      const reduction = STEP ** step;
      const candidates = await candidatesIn(level);
      for (const [at, found] of candidates.entries())
        levels[at].push({ reduction, candidates: found.map(one => scaled(one, reduction)) });
      if (step === reductions) return levels;
      level = memory.third(level);
    }
  };

  const detectTogether = async (pictures: readonly SmallPicture[]): Promise<Detection[][]> => {
    const images = pictures.map(({ image }) => image);
    const found = await look(memory.join(images, batchShape(pictures, entry.input)));
    return pictures.map((picture, at) =>
      mergeLevels(found[at], maxFaceHeight ?? Number.POSITIVE_INFINITY, entry.decoding.maxIou)
        .map(detection => scaled(detection, 1 / picture.scale))
        .filter(detection => hasCentreIn(detection.box, picture)),
    );
  };

  return {
    detect: pictures => itemByItem(pictures, detectTogether),
    close: () => session.close(),
  };
}

function decoderOf(entry: DetectorEntry): Decoder {
  if (entry.family === 'ultraface') return ultraFaceDecoder(entry);
  if (entry.family === 'yunet') return yuNetDecoder(entry);
  return scrfdDecoder(entry);
}

function scaled({ box, score, landmarks }: Detection, factor: number): Detection {
  const points = landmarks && { landmarks: scaleLandmarks(landmarks, factor) };
  return { box: scaleBox(box, factor), score, ...points };
}

/** False for what was seen in the padding. */
function hasCentreIn(box: Box, { fullWidth, fullHeight }: SmallPicture): boolean {
  const x = (box.left + box.right) / 2;
  const y = (box.top + box.bottom) / 2;
  return x >= 0 && y >= 0 && x < fullWidth && y < fullHeight;
}
