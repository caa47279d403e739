import type { Calibration } from '../../src/config/catalog.ts';
import { createSimilarityCounts, type SimilarityCounts } from './similarity-counts.ts';
import { type Rate, rateOf } from './statistics.ts';

/** One photo's embeddings: as enrolled (with its mirror image) and as a camera's frame gives it. */
export interface EmbeddedPhoto {
  readonly person: string;
  readonly template: Float32Array;
  readonly probe: Float32Array;
}

/** Similarities of pairs of photos, of one person and of two. */
export interface PairCounts {
  readonly genuine: SimilarityCounts;
  readonly impostor: SimilarityCounts;
}

/** What a threshold means: at which rate it lets strangers pass (false match) and turns the right one away (false non-match). */
export interface Operation {
  readonly similarity: number;
  readonly fmr: Rate;
  readonly fnmr: Rate;
}

/** Every photo's template against the probe of every photo after it. */
export function compareAll(photos: readonly EmbeddedPhoto[]): PairCounts {
  const genuine = createSimilarityCounts();
  const impostor = createSimilarityCounts();
  for (let i = 0; i < photos.length; i++)
    for (let j = i + 1; j < photos.length; j++) {
      const counts = photos[i].person === photos[j].person ? genuine : impostor;
      counts.add(dot(photos[i].template, photos[j].probe));
    }
  return { genuine, impostor };
}

/** The lowest threshold that at most `fmr` of the impostor pairs reach. */
export function operationAt({ genuine, impostor }: PairCounts, fmr: number): Operation {
  const similarity = impostor.thresholdFor(fmr);
  return {
    similarity,
    fmr: rateOf(impostor.reaching(similarity), impostor.total),
    fnmr: rateOf(genuine.total - genuine.reaching(similarity), genuine.total),
  };
}

/** With no error in n comparisons the rate is below 3/n with 95 % (rule of three). */
const RULE_OF_THREE = 3;
const PER_DECADE = 4;

/** The table for the catalog: four points a decade from FMR 1e-2 down to the last that the comparisons support, similarities rounded up to four places. */
export function calibrationOf(impostor: SimilarityCounts, dataset: string): Calibration {
  const points: Calibration['points'] = [];
  for (let step = 2 * PER_DECADE; ; step++) {
    const fmr = Number((10 ** (-step / PER_DECADE)).toPrecision(3));
    if (fmr * impostor.total < RULE_OF_THREE) break;
    const similarity = Math.ceil(impostor.thresholdFor(fmr) * 1e4 - 1e-6) / 1e4;
    points.push({ fmr, similarity });
  }
  return { dataset, comparisons: impostor.total, points };
}

/** Four sums at a time: twice as fast as one, as additions need not wait for each other. */
function dot(a: Float32Array, b: Float32Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < a.length; i++) s0 += a[i] * b[i];
  return s0 + s1 + s2 + s3;
}
