import type { Landmarks, Point } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';
import type { Affine } from './crop.ts';
import { resample } from './crop.ts';

/** Where the five landmarks lie in an aligned crop: pixel indices, as the ArcFace authors give them. */
export type Template = readonly (readonly [number, number])[];

/** The aligned crop of a face: rgb24, row-major, `size` x `size`. Outside the image it is black. */
export function alignFace(image: Image, landmarks: Landmarks, template: Template, size: number): Uint8Array {
  const target = template.map(([x, y]) => ({ x: x + 0.5, y: y + 0.5 }));
  const toImage = invert(fitSimilarity(landmarks, target));
  return resample(image, toImage, { width: size, height: size }, 'black');
}

/**
 * The similarity (rotation, scale, shift; no reflection) that maps `from` onto `to` with the least squared error. Coinciding points
 * give a mere shift. Source: Umeyama 1991, in the closed form for two dimensions.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Affine {
  const a = centreOf(from);
  const b = centreOf(to);
  let along = 0;
  let across = 0;
  let spread = 0;
  for (let i = 0; i < from.length; i++) {
    const x = from[i].x - a.x;
    const y = from[i].y - a.y;
    const u = to[i].x - b.x;
    const v = to[i].y - b.y;
    along += x * u + y * v;
    across += x * v - y * u;
    spread += x * x + y * y;
  }
  const flat = spread === 0 || (along === 0 && across === 0);
  const cos = flat ? 1 : along / spread;
  const sin = flat ? 0 : across / spread;
  return {
    xx: cos,
    xy: -sin,
    x0: b.x - cos * a.x + sin * a.y,
    yx: sin,
    yy: cos,
    y0: b.y - sin * a.x - cos * a.y,
  };
}

/** The map that undoes `map`. */
export function invert({ xx, xy, x0, yx, yy, y0 }: Affine): Affine {
  const det = xx * yy - xy * yx;
  return {
    xx: yy / det,
    xy: -xy / det,
    x0: (xy * y0 - yy * x0) / det,
    yx: -yx / det,
    yy: xx / det,
    y0: (yx * x0 - xx * y0) / det,
  };
}

/** A crop seen in a mirror. */
export function mirror(crop: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(crop.length);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const from = (row * size + column) * 3;
      out.set(crop.subarray(from, from + 3), (row * size + size - 1 - column) * 3);
    }
  return out;
}

function centreOf(points: readonly Point[]): Point {
  let x = 0;
  let y = 0;
  for (const point of points) {
    x += point.x / points.length;
    y += point.y / points.length;
  }
  return { x, y };
}
