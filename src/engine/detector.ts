import { join } from 'node:path';
import type { DetectorEntry } from '../config/catalog.ts';
import type { Detection } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import { scaleBox, scaleLandmarks } from '../domain/geometry.ts';
import type { BatchShape, Decoder, SmallPicture } from './decoding.ts';
import { itemByItem } from './item-by-item.ts';
import { joinContents } from './letterbox.ts';
import { PIXELS } from './models/uint8-input.ts';
import type { Level } from './pyramid.ts';
import { mergeLevels, reduce, reductionsFor, STEP } from './pyramid.ts';
import { createRoom } from './room.ts';
import { scrfdDecoder } from './scrfd.ts';
import { createSession } from './session.ts';
import { ultraFaceDecoder } from './ultraface.ts';
import { yuNetDecoder } from './yunet.ts';

/** Finds faces in a batch of pictures of one size. */
export interface Detector {
  /** Detections of each picture, best first, in pixels of its `full`. */
  detect(pictures: readonly SmallPicture[], width: number, height: number): Promise<Detection[][]>;
  close(): Promise<void>;
}

type Size = Pick<BatchShape, 'width' | 'height'>;

/** Loads a detector; how its outputs are read follows from the family and the decoding of its entry. */
export async function openDetector(
  entry: DetectorEntry,
  dir: string,
  options: { threads: number; minScore: number },
): Promise<Detector> {
  const session = await createSession(join(dir, `${entry.id}.onnx`), options);
  const decode = decoderOf(entry);
  const room = createRoom();
  const maxFaceHeight = 'maxFaceHeight' in entry.decoding ? entry.decoding.maxFaceHeight : undefined;

  const candidatesIn = async (pixels: Uint8Array, shape: BatchShape): Promise<Detection[][]> => {
    const { count, width, height } = shape;
    const outputs = await session.run({ [PIXELS]: { data: pixels, dims: [count, height, width, 3] } });
    return decode(outputs, shape, options.minScore);
  };

  /** Levels of each picture, finest first. */
  const look = async (pixels: Uint8Array, shape: BatchShape): Promise<Level[][]> => {
    const reductions = maxFaceHeight === undefined ? 0 : reductionsFor(shape.height, maxFaceHeight);
    const levels: Level[][] = Array.from({ length: shape.count }, () => []);
    let level = { pixels, ...shape };
    for (let step = 0; ; step++) {
      const reduction = STEP ** step;
      const candidates = await candidatesIn(level.pixels, level);
      for (const [at, found] of candidates.entries())
        levels[at].push({ reduction, candidates: found.map(one => scaled(one, reduction)) });
      if (step === reductions) return levels;
      level = reduce(level.pixels, level);
    }
  };

  const detectTogether = async (pictures: readonly SmallPicture[], input: Size): Promise<Detection[][]> => {
    const { pixels, ...shape } = joinContents(pictures, input, entry.input, room);
    const found = await look(pixels, shape);
    return pictures.map((picture, at) =>
      mergeLevels(found[at], maxFaceHeight ?? Number.POSITIVE_INFINITY, entry.decoding.maxIou)
        .map(detection => scaled(detection, 1 / picture.scale))
        .filter(detection => hasCentreIn(detection.box, picture)),
    );
  };

  return {
    detect: (pictures, width, height) =>
      itemByItem(pictures, part => detectTogether(part, { width, height })),
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
