import type { Detection, Embedding } from '../domain/face.ts';
import { similarity } from '../domain/face.ts';
import { boxHeight, intersectionOverUnion } from '../domain/geometry.ts';
import { assign, FORBIDDEN } from './assignment.ts';
import { boxOf, deviationOf, type Motion } from './motion.ts';

/** A detection, with the embedding where the face was described already. */
export type TrackedDetection = Detection & { readonly embedding?: Embedding };

/** A track as association sees it: predicted to the time of the frame. */
export interface Expected {
  readonly id: number;
  readonly motion: Motion;
  /** What its face looks like, once described. */
  readonly look?: Float32Array;
}

/** A pair is possible within this squared distance in standard deviations (99 % of three degrees of freedom) or above this overlap. */
const MAX_DISTANCE = 11.34;
const MIN_IOU = 0.2;
/** Farther than this, in heights of the larger face, a pair is never the same face, however vague the prediction. */
const MAX_STEP = 1.2;
/** A face whose size changed more than this between frames is another face. */
const MAX_SIZE_RATIO = 2;
/** What the worst possible geometry costs: appearance may weigh as much, but only between pairs that geometry allows. */
const WORST_FIT = 25;
/** Cost per unit of similarity: the same face (.7) and another (.0) differ by more than the worst geometry. */
const LOOK_WEIGHT = 40;
/** The similarity at which appearance speaks neither for nor against, and which a face that is not described counts as. */
const NEUTRAL = 0.3;
/** Two pairs whose costs differ by less cannot be told apart by where they are. */
const CLEAR = 9;
/** Overlap that a weak detection needs with the prediction, and above which it is only a shadow of a strong one. */
const WEAK_IOU = 0.3;

/** Track index by detection index (-1 for none) of the strong detections: the assignment that fits best as a whole. */
export function associate(
  tracks: readonly Expected[],
  detections: readonly TrackedDetection[],
): (Expected | undefined)[] {
  const columns = assign(detections.map(detection => tracks.map(track => pairCost(track, detection))));
  return columns.map(column => tracks[column]);
}

/** The same for weak detections: only a clear overlap with where a face is expected counts, and not next to a strong one. */
export function associateWeak(
  tracks: readonly Expected[],
  detections: readonly TrackedDetection[],
  strong: readonly TrackedDetection[],
): (Expected | undefined)[] {
  const expected = tracks.map(({ motion }) => boxOf(motion));
  const costs = detections.map(({ box }) => {
    const isShadow = strong.some(other => intersectionOverUnion(other.box, box) > WEAK_IOU);
    return expected.map(place => {
      const overlap = intersectionOverUnion(place, box);
      return isShadow || overlap < WEAK_IOU ? FORBIDDEN : 1 - overlap;
    });
  });
  return assign(costs).map(column => tracks[column]);
}

/** Indices of the detections that geometry alone could give to another track than the best one, or whose track could have another detection; only where some look is known to decide by. */
export function contested(tracks: readonly Expected[], detections: readonly TrackedDetection[]): number[] {
  const costs = detections.map(detection => tracks.map(track => pairCost(track, detection)));
  const found = new Set<number>();
  const rivals = (a: number, b: number) => Math.max(a, b) < FORBIDDEN && Math.abs(a - b) < CLEAR;
  for (const [at, row] of costs.entries())
    for (const [of, cost] of row.entries()) {
      const byTrack = row.some(
        (other, index) => index !== of && rivals(cost, other) && (tracks[of].look ?? tracks[index].look),
      );
      const byDetection =
        tracks[of].look !== undefined &&
        costs.some((others, index) => index !== at && rivals(cost, others[of]));
      if (byTrack || byDetection) found.add(at);
    }
  return [...found].sort((a, b) => a - b);
}

function pairCost({ motion, look }: Expected, detection: TrackedDetection): number {
  const place = boxOf(motion);
  const heights = [boxHeight(place), boxHeight(detection.box)] as const;
  const larger = Math.max(...heights);
  if (larger > MAX_SIZE_RATIO * Math.min(...heights)) return FORBIDDEN;
  if (stepBetween(motion, detection) > MAX_STEP * larger) return FORBIDDEN;
  const { distance, doubt } = deviationOf(motion, detection.box);
  if (distance > MAX_DISTANCE && intersectionOverUnion(place, detection.box) < MIN_IOU) return FORBIDDEN;
  const likeness = look && detection.embedding ? similarity(look, detection.embedding.vector) : NEUTRAL;
  return Math.min(distance, WORST_FIT) + doubt + LOOK_WEIGHT * (NEUTRAL - likeness);
}

function stepBetween({ x, y }: Motion, { box }: Detection): number {
  return Math.hypot((box.left + box.right) / 2 - x.p, (box.top + box.bottom) / 2 - y.p);
}
