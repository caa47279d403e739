import { join } from 'node:path';
import type { DetectorEntry } from '../config/catalog.ts';
import type { Detection } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import { scaleBox, scaleLandmarks, suppressOverlaps } from '../domain/geometry.ts';
import { PIXELS } from './models/uint8-input.ts';
import { scrfdDecoder } from './scrfd.ts';
import type { Tensors } from './session.ts';
import { createSession } from './session.ts';
import { ultraFaceDecoder } from './ultraface.ts';
import { yuNetDecoder } from './yunet.ts';

/** A picture as the detector sees it: rgb24 pixels of the batch's size, and the size of the full picture at `scale` (small px per full px). */
export interface SmallPicture {
  readonly pixels: Uint8Array;
  readonly fullWidth: number;
  readonly fullHeight: number;
  readonly scale: number;
}

/** Pixels of the detector's input, and how many images went in. */
export interface BatchShape {
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

/** Candidates of each image above `minScore`, in pixels of the detector's input, overlaps included. Throws TypeError if the outputs do not fit the family. */
export type Decoder = (outputs: Tensors, shape: BatchShape, minScore: number) => Detection[][];

/** Finds faces in a batch of pictures of one size. */
export interface Detector {
  /** Detections of each picture, best first, in pixels of its `full`. */
  detect(pictures: readonly SmallPicture[], width: number, height: number): Promise<Detection[][]>;
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
  return {
    async detect(pictures, width, height) {
      const shape = { count: pictures.length, width, height };
      const bytes = width * height * 3;
      const pixels = new Uint8Array(pictures.length * bytes);
      for (const [at, picture] of pictures.entries()) pixels.set(picture.pixels, at * bytes);
      const outputs = await session.run({
        [PIXELS]: { data: pixels, dims: [shape.count, height, width, 3] },
      });
      const candidates = decode(outputs, shape, options.minScore);
      return pictures.map((picture, at) =>
        suppressOverlaps(candidates[at], entry.decoding.maxIou).flatMap(found => toFull(found, picture)),
      );
    },
    close: () => session.close(),
  };
}

function decoderOf(entry: DetectorEntry): Decoder {
  if (entry.family === 'ultraface') return ultraFaceDecoder(entry);
  if (entry.family === 'yunet') return yuNetDecoder(entry);
  return scrfdDecoder(entry);
}

/** The detection in pixels of the full picture; nothing if its centre lies in the padding. */
function toFull({ box, score, landmarks }: Detection, picture: SmallPicture): Detection[] {
  const factor = 1 / picture.scale;
  const full = scaleBox(box, factor);
  if (!hasCentreIn(full, picture)) return [];
  return [{ box: full, score, ...(landmarks && { landmarks: scaleLandmarks(landmarks, factor) }) }];
}

function hasCentreIn(box: Box, { fullWidth, fullHeight }: SmallPicture): boolean {
  const x = (box.left + box.right) / 2;
  const y = (box.top + box.bottom) / 2;
  return x >= 0 && y >= 0 && x < fullWidth && y < fullHeight;
}
