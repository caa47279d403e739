import { join } from 'node:path';
import type { LandmarkerEntry } from '../config/catalog.ts';
import type { Box, Landmarks, Point } from '../domain/geometry.ts';
import { boxHeight } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';
import { resample } from './crop.ts';
import { eyeOpenness } from './eye-openness.ts';
import { lumaOf } from './luma.ts';
import { PIXELS } from './models/uint8-input.ts';
import { createSession } from './session.ts';

/** What a landmarker tells of a face: its five landmarks, and how open its eyes are where the model sees the lids. */
export interface LocatedFace {
  readonly landmarks: Landmarks;
  /** See FaceQuality. */
  readonly eyeOpenness?: number;
}

/** Finds the five landmarks of faces whose boxes are known. */
export interface Landmarker {
  /** Boxes and landmarks in pixels of `image`, in the same order. */
  locate(image: Image, boxes: readonly Box[]): Promise<LocatedFace[]>;
  close(): Promise<void>;
}

/** A square part of an image: its top-left corner and its side, in pixels. */
export interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** Loads a landmarker of the 68-point family. */
export async function openLandmarker(
  entry: LandmarkerEntry,
  dir: string,
  threads: number,
): Promise<Landmarker> {
  const session = await createSession(join(dir, `${entry.id}.onnx`), { threads });
  const { width: size } = entry.input.size === 'any' ? { width: 64 } : entry.input.size;
  return {
    async locate(image, boxes) {
      if (boxes.length === 0) return [];
      const squares = boxes.map(box => squareAround(box, entry.crop));
      const pixels = new Uint8Array(boxes.length * size * size);
      for (const [at, square] of squares.entries())
        pixels.set(grayCrop(image, square, size), at * size * size);
      const outputs = await session.run({ [PIXELS]: { data: pixels, dims: [boxes.length, size, size, 1] } });
      const { data } = outputs[entry.output.points];
      const stride = data.length / boxes.length;
      return squares.map((square, at) => {
        const points = data.subarray(at * stride, (at + 1) * stride);
        return { landmarks: fivePoints(points, square), eyeOpenness: eyeOpenness(points) };
      });
    },
    close: () => session.close(),
  };
}

/** The square that the 68-point net wants: side `scale` times the box's height, shifted down by a part of that height. */
export function squareAround(box: Box, crop: { scale: number; shiftDown: number }): Square {
  const height = boxHeight(box);
  const side = height * crop.scale;
  const x = (box.left + box.right) / 2 - side / 2;
  const y = (box.top + box.bottom) / 2 + crop.shiftDown * height - side / 2;
  return { x, y, side };
}

/** Five landmarks in pixels of the image from 68 points (x0, y0, x1, ...) in 0..1 of the square, in the iBUG-68 order: lids without the corners, nose tip, outer and inner mouth corners. */
export function fivePoints(points: ArrayLike<number>, { x, y, side }: Square): Landmarks {
  const mean = (...indices: number[]): Point => {
    let sumX = 0;
    let sumY = 0;
    for (const index of indices) {
      sumX += points[2 * index];
      sumY += points[2 * index + 1];
    }
    return { x: x + (side * sumX) / indices.length, y: y + (side * sumY) / indices.length };
  };
  return [mean(37, 38, 40, 41), mean(43, 44, 46, 47), mean(30), mean(48, 60), mean(54, 64)];
}

function grayCrop(image: Image, { x, y, side }: Square, size: number): Uint8Array {
  const step = side / size;
  const toImage = { xx: step, xy: 0, x0: x, yx: 0, yy: step, y0: y };
  return lumaOf(resample(image, toImage, { width: size, height: size }, 'replicate'));
}
