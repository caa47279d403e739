import type { Box, Point } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';

/** A face as it is drawn into a picture. */
export interface DrawnFace {
  readonly box: Box;
  readonly landmarks?: readonly Point[];
  /** Whether it is good enough: drawn in green, else in orange. */
  readonly good: boolean;
}

const GREEN = [0, 230, 90] as const;
const ORANGE = [255, 140, 0] as const;

/** Draws the boxes and landmarks of faces into an rgb24 image, in its pixels; what lies outside is left out. */
export function drawFaces(image: Image, faces: readonly DrawnFace[]): void {
  const thickness = Math.max(2, Math.round(image.height / 270));
  for (const { box, landmarks = [], good } of faces) {
    const colour = good ? GREEN : ORANGE;
    const { left, top, right, bottom } = box;
    fill(image, { left, top, right, bottom: top + thickness }, colour);
    fill(image, { left, top: bottom - thickness, right, bottom }, colour);
    fill(image, { left, top, right: left + thickness, bottom }, colour);
    fill(image, { left: right - thickness, top, right, bottom }, colour);
    for (const { x, y } of landmarks)
      fill(
        image,
        { left: x - thickness, top: y - thickness, right: x + thickness, bottom: y + thickness },
        colour,
      );
  }
}

function fill({ data, width, height }: Image, box: Box, [r, g, b]: readonly [number, number, number]): void {
  const [left, right] = [box.left, box.right].map(x => Math.min(width, Math.max(0, Math.round(x))));
  const [top, bottom] = [box.top, box.bottom].map(y => Math.min(height, Math.max(0, Math.round(y))));
  for (let y = top!; y < bottom!; y++)
    for (let at = (y * width + left!) * 3; at < (y * width + right!) * 3; at += 3) {
      data[at] = r;
      data[at + 1] = g;
      data[at + 2] = b;
    }
}
