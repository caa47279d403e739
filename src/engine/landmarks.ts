import { join } from 'node:path';
import type { LandmarkerEntry } from '../config/catalog.ts';
import type { Box, Landmarks, Point } from '../domain/geometry.ts';
import { boxHeight } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';
import { type Affine, resample } from './crop.ts';
import { eyeOpenness } from './eye-openness.ts';
import { itemByItem } from './item-by-item.ts';
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

/** A square part of an image: its centre and side in pixels, turned by `angle` (radians, clockwise as seen) about its centre. */
export interface Square {
  readonly centre: Point;
  readonly side: number;
  readonly angle: number;
}

/** Loads a landmarker of the 68-point family. */
export async function openLandmarker(
  entry: LandmarkerEntry,
  dir: string,
  threads: number,
): Promise<Landmarker> {
  const session = await createSession(join(dir, `${entry.id}.onnx`), { threads });
  const { width: size } = entry.input.size === 'any' ? { width: 64 } : entry.input.size;
  const { secondLook } = entry.crop;

  const look = async (image: Image, squares: readonly Square[]): Promise<Float32Array[]> => {
    const pixels = new Uint8Array(squares.length * size * size);
    for (const [at, square] of squares.entries()) pixels.set(grayCrop(image, square, size), at * size * size);
    const outputs = await session.run({ [PIXELS]: { data: pixels, dims: [squares.length, size, size, 1] } });
    const { data } = outputs[entry.output.points];
    const stride = data.length / squares.length;
    return squares.map((square, at) => pointsInImage(data.subarray(at * stride, (at + 1) * stride), square));
  };

  return {
    async locate(image, boxes) {
      const squares = boxes.map(box => squareAround(box, entry.crop));
      const first = await itemByItem(squares, part => look(image, part));
      const upright = secondLook && first.map(points => uprightSquare(points, secondLook));
      const faces = upright ? await itemByItem(upright, part => look(image, part)) : first;
      return faces.map(points => ({ landmarks: fivePoints(points), eyeOpenness: eyeOpenness(points) }));
    },
    close: () => session.close(),
  };
}

/** The square that the 68-point net wants: side `scale` times the box's height, shifted down by a part of that height. */
export function squareAround(box: Box, crop: { scale: number; shiftDown: number }): Square {
  const height = boxHeight(box);
  const x = (box.left + box.right) / 2;
  const y = (box.top + box.bottom) / 2 + crop.shiftDown * height;
  return { centre: { x, y }, side: height * crop.scale, angle: 0 };
}

/**
 * The square for another look at a face whose 68 points are known: turned with the eye line, so that the net sees the face upright;
 * side `scale` times the height that the points span, about their middle, shifted down by a part of that height.
 */
export function uprightSquare(points: ArrayLike<number>, crop: { scale: number; shiftDown: number }): Square {
  const [left, right] = fivePoints(points);
  const angle = Math.atan2(right.y - left.y, right.x - left.x);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const upright = Array.from({ length: points.length / 2 }, (_, at) => {
    const [x, y] = [points[2 * at], points[2 * at + 1]];
    return { x: cos * x + sin * y, y: cos * y - sin * x };
  });
  const across = spanOf(upright.map(({ x }) => x));
  const down = spanOf(upright.map(({ y }) => y));
  const y = down.middle + crop.shiftDown * down.length;
  const centre = { x: cos * across.middle - sin * y, y: sin * across.middle + cos * y };
  return { centre, side: down.length * crop.scale, angle };
}

/** Five landmarks from 68 points (x0, y0, x1, ...) in the iBUG-68 order: lids without the corners, nose tip, outer and inner mouth corners. */
export function fivePoints(points: ArrayLike<number>): Landmarks {
  const mean = (...indices: number[]): Point => {
    let x = 0;
    let y = 0;
    for (const index of indices) {
      x += points[2 * index] / indices.length;
      y += points[2 * index + 1] / indices.length;
    }
    return { x, y };
  };
  return [mean(37, 38, 40, 41), mean(43, 44, 46, 47), mean(30), mean(48, 60), mean(54, 64)];
}

/** Points in 0..1 of a square as pixels of the image. */
function pointsInImage(points: ArrayLike<number>, square: Square): Float32Array {
  const { xx, xy, x0, yx, yy, y0 } = toImage(square, 1);
  const out = new Float32Array(points.length);
  for (let at = 0; at < points.length; at += 2) {
    out[at] = xx * points[at] + xy * points[at + 1] + x0;
    out[at + 1] = yx * points[at] + yy * points[at + 1] + y0;
  }
  return out;
}

function grayCrop(image: Image, square: Square, size: number): Uint8Array {
  return lumaOf(resample(image, toImage(square, size), { width: size, height: size }, 'replicate'));
}

/** From places in a square that is `size` wide to pixels of the image. */
function toImage({ centre, side, angle }: Square, size: number): Affine {
  const cos = (Math.cos(angle) * side) / size;
  const sin = (Math.sin(angle) * side) / size;
  const half = size / 2;
  return {
    ...{ xx: cos, xy: -sin, x0: centre.x - (cos - sin) * half },
    ...{ yx: sin, yy: cos, y0: centre.y - (sin + cos) * half },
  };
}

function spanOf(values: readonly number[]): { middle: number; length: number } {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return { middle: (low + high) / 2, length: high - low };
}
