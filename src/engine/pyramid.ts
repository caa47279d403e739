import type { Detection } from '../domain/face.ts';
import { boxArea, boxHeight, intersectionOverUnion, suppressOverlaps } from '../domain/geometry.ts';

/** Candidates that one reduction of a picture gave; boxes in pixels of the unreduced picture. */
export interface Level {
  /** Pixels of the unreduced picture per pixel of this level: 1, 3, 9, ... */
  readonly reduction: number;
  readonly candidates: readonly Detection[];
}

/** From level to level. A third costs a ninth, and every face is still of a size that one of the two levels is good at. */
export const STEP = 3;

/** Lowest face that a reduced picture is asked for, as a share of the highest: below, the finer picture sees it better. */
const LOWEST = 0.25;
/** Share of the smaller box above which boxes of two levels are of one face: what a fine level sees inside a face too large for it. */
const MAX_COVER = 0.4;

/** How often to reduce a picture of this height until no face in it is higher than `maxFaceHeight`. */
export function reductionsFor(height: number, maxFaceHeight: number): number {
  let steps = 0;
  for (let highest = maxFaceHeight; highest < height; highest *= STEP) steps++;
  return steps;
}

/** One list out of the levels of one picture, best first: of each level the faces of the heights it is good at, and each face once. */
export function mergeLevels(levels: readonly Level[], maxFaceHeight: number, maxIou: number): Detection[] {
  const coarsest = Math.max(...levels.map(({ reduction }) => reduction));
  const all = levels.flatMap(({ reduction, candidates }) => {
    const highest = reduction === coarsest ? Number.POSITIVE_INFINITY : maxFaceHeight * reduction;
    const lowest = reduction === 1 ? 0 : LOWEST * maxFaceHeight * reduction;
    // Before the heights are looked at: what a fine level makes of a face too large for it must put away its parts.
    return suppressOverlaps(candidates, maxIou)
      .filter(({ box }) => boxHeight(box) >= lowest && boxHeight(box) <= highest)
      .map(detection => ({ detection, reduction }));
  });
  all.sort((a, b) => b.detection.score - a.detection.score || b.reduction - a.reduction);
  const kept: typeof all = [];
  for (const one of all) {
    const isNew = kept.every(
      other => other.reduction === one.reduction || cover(other.detection, one.detection) <= MAX_COVER,
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
