/** A point in pixels; x grows to the right, y downwards, (0,0) is the outer corner of the top-left pixel. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** An axis-aligned box in pixels of a stated image; corners may lie outside the image. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Five points in the order of the ArcFace template: eye at image left, eye at image right, nose tip, mouth corner at image left, at image right. */
export type Landmarks = readonly [Point, Point, Point, Point, Point];

/** Width of a box in pixels, never negative. */
export function boxWidth(box: Box): number {
  return Math.max(0, box.right - box.left);
}

/** Height of a box in pixels, never negative. */
export function boxHeight(box: Box): number {
  return Math.max(0, box.bottom - box.top);
}

/** Area of a box in square pixels. */
export function boxArea(box: Box): number {
  return boxWidth(box) * boxHeight(box);
}

/** Intersection over union of two boxes of the same image, 0..1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (boxArea(a) + boxArea(b) - intersection);
}

/** The box in another image of the same scene: every coordinate times `factor`. */
export function scaleBox(box: Box, factor: number): Box {
  return {
    left: box.left * factor,
    top: box.top * factor,
    right: box.right * factor,
    bottom: box.bottom * factor,
  };
}

/** The points in another image of the same scene: every coordinate times `factor`. */
export function scaleLandmarks(landmarks: Landmarks, factor: number): Landmarks {
  const [a, b, c, d, e] = landmarks;
  const scale = (point: Point): Point => ({ x: point.x * factor, y: point.y * factor });
  return [scale(a), scale(b), scale(c), scale(d), scale(e)];
}

/** Greedy non-maximum suppression: best score first, drops what overlaps a kept box by more than `maxIou`. */
export function suppressOverlaps<T extends { readonly box: Box; readonly score: number }>(
  candidates: readonly T[],
  maxIou: number,
): T[] {
  const kept: T[] = [];
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score)) {
    if (kept.every(other => intersectionOverUnion(candidate.box, other.box) <= maxIou)) kept.push(candidate);
  }
  return kept;
}
