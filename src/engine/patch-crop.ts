import type { Box } from '../domain/geometry.ts';
import { boxHeight, boxWidth } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';
import { resample } from './crop.ts';

/** What of an image a liveness net looks at, and how often the face's box fits into it along each side. */
export interface Patch {
  readonly box: Box;
  readonly scale: number;
}

/**
 * A face's box grown about its centre by `scale`, or by as much as the image allows, and moved into the image; in pixels of the image.
 * Source: Minivision Silent-Face-Anti-Spoofing, generate_patches.py.
 */
export function patchAround(
  face: Box,
  { width, height }: { width: number; height: number },
  scale: number,
): Patch {
  const [lastX, lastY] = [width - 1, height - 1];
  const fitting = Math.min(scale, lastX / boxWidth(face), lastY / boxHeight(face));
  const [left, right] = span(face.left, face.right, fitting, lastX);
  const [top, bottom] = span(face.top, face.bottom, fitting, lastY);
  // The source cuts from pixel to pixel, both included.
  return { box: { left, top, right: right + 1, bottom: bottom + 1 }, scale: fitting };
}

/** The box of an image, stretched to rgb24 of this size. */
export function stretch(image: Image, box: Box, size: { width: number; height: number }): Uint8Array {
  const xx = boxWidth(box) / size.width;
  const yy = boxHeight(box) / size.height;
  return resample(image, { xx, xy: 0, x0: box.left, yx: 0, yy, y0: box.top }, size, 'replicate');
}

function span(from: number, to: number, scale: number, last: number): [number, number] {
  const length = (to - from) * scale;
  const start = Math.min(Math.max((from + to - length) / 2, 0), last - length);
  return [Math.trunc(start), Math.trunc(start + length)];
}
