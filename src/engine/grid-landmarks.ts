import type { Landmarks, Point } from '../domain/geometry.ts';

/** Five landmarks that a detector gives as ten offsets (x0, y0, x1, ...) from a corner of a grid cell, in strides; pixels of the detector's input. */
export function gridLandmarks(
  offsets: ArrayLike<number>,
  from: number,
  corner: Point,
  stride: number,
): Landmarks {
  const point = (at: number): Point => ({
    x: corner.x + offsets[from + 2 * at] * stride,
    y: corner.y + offsets[from + 2 * at + 1] * stride,
  });
  return [point(0), point(1), point(2), point(3), point(4)];
}
