import type { Detection } from '../domain/face.ts';
import { boxArea, boxHeight, intersectionOverUnion } from '../domain/geometry.ts';

/** Candidates that one reduction of a picture gave; boxes in pixels of the unreduced picture. */
export interface Level {
  /** How many times the picture was halved. */
  readonly halvings: number;
  readonly candidates: readonly Detection[];
}

/** Lowest face that a halved picture is asked for, as a share of the highest: below, the finer picture sees it better. */
const LOWEST = 0.3;
/** Share of the smaller box above which boxes of two levels are of one face: what a fine level sees inside a face too large for it. */
const MAX_COVER = 0.4;

/** How often to halve a picture of this height until no face in it is higher than `maxFaceHeight`. */
export function halvingsFor(height: number, maxFaceHeight: number): number {
  return Math.max(0, Math.ceil(Math.log2(height / maxFaceHeight)));
}

/** Images of rgb24 pixels (one after the other, all of one size) at half their size: each pixel is the mean of four; an odd last row or column is left out. */
export function halve(
  pixels: Uint8Array,
  shape: { count: number; width: number; height: number },
): { pixels: Uint8Array; count: number; width: number; height: number } {
  const { count } = shape;
  const width = shape.width >> 1;
  const height = shape.height >> 1;
  const out = new Uint8Array(count * width * height * 3);
  const line = shape.width * 3;
  for (let image = 0, at = 0; image < count; image++)
    for (let row = 0; row < height; row++) {
      let from = (image * shape.height + 2 * row) * line;
      for (let column = 0; column < width; column++, from += 6)
        for (let channel = from; channel < from + 3; channel++)
          out[at++] =
            (pixels[channel] +
              pixels[channel + 3] +
              pixels[channel + line] +
              pixels[channel + line + 3] +
              2) >>
            2;
    }
  return { pixels: out, count, width, height };
}

/** One list out of the levels of one picture, best first: of each level the faces of the heights it is good at, and each face once. */
export function mergeLevels(levels: readonly Level[], maxFaceHeight: number, maxIou: number): Detection[] {
  const coarsest = Math.max(...levels.map(({ halvings }) => halvings));
  const all = levels.flatMap(({ halvings, candidates }) => {
    const highest = halvings === coarsest ? Number.POSITIVE_INFINITY : maxFaceHeight * 2 ** halvings;
    const lowest = halvings === 0 ? 0 : LOWEST * maxFaceHeight * 2 ** halvings;
    return candidates
      .filter(({ box }) => boxHeight(box) >= lowest && boxHeight(box) <= highest)
      .map(detection => ({ detection, halvings }));
  });
  all.sort((a, b) => b.detection.score - a.detection.score || b.halvings - a.halvings);
  const kept: typeof all = [];
  for (const one of all) {
    const isNew = kept.every(other =>
      other.halvings === one.halvings
        ? intersectionOverUnion(other.detection.box, one.detection.box) <= maxIou
        : cover(other.detection, one.detection) <= MAX_COVER,
    );
    if (isNew) kept.push(one);
  }
  return kept.map(({ detection }) => detection);
}

/** Share of the smaller box that both cover. */
function cover(a: Detection, b: Detection): number {
  const iou = intersectionOverUnion(a.box, b.box);
  const [areaA, areaB] = [boxArea(a.box), boxArea(b.box)];
  if (iou === 0) return 0;
  return (iou * (areaA + areaB)) / (1 + iou) / Math.min(areaA, areaB);
}
