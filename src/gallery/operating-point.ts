import type { Calibration } from '../config/catalog.ts';
import { StartupError } from '../domain/errors.ts';
import type { OperatingPoint } from '../domain/identity.ts';

/** The operating point for a gallery of so many persons. */
export type OperatingPointOf = (persons: number) => OperatingPoint;

type Point = Calibration['points'][number];

/** With no error in n comparisons the rate is below 3/n with 95 % (rule of three): nothing smaller is claimed. */
const RULE_OF_THREE = 3;
/** Shares of ten thousandths are no exact binary numbers; one that differs by less is the same. */
const ROUNDING = 1 + 1e-9;

/**
 * Gives the similarity that keeps strangers at `targetFpir`. The needed FMR is targetFpir / persons (a stranger is compared with each).
 * The similarity is that of the loosest measured point with no higher FMR; between two points that is the stricter one, as nothing is
 * known of the curve between them. Where the data ends before the needed FMR, it is the strictest point that at least three errors stand
 * behind, `supported` is false, and the FPIR that is supported is fmr * persons. A number as `minSimilarity` overrides it.
 * Throws StartupError for `auto` without a table of enough comparisons.
 */
export function createOperatingPoint(
  calibration: Calibration | undefined,
  options: { targetFpir: number; minSimilarity: number | 'auto' },
): OperatingPointOf {
  const { targetFpir, minSimilarity } = options;
  const comparisons = calibration?.comparisons ?? 0;
  const points = supportedPoints(calibration);
  const strictest = points.at(-1);
  if (minSimilarity === 'auto' && strictest === undefined) throw notCalibrated(calibration);

  return persons => {
    const needed = (targetFpir / Math.max(1, persons)) * ROUNDING;
    const point = minSimilarity === 'auto' ? pointFor(points, needed) : pointOf(points, minSimilarity);
    return {
      similarity: minSimilarity === 'auto' ? point!.similarity : minSimilarity,
      targetFpir,
      persons,
      ...(point === undefined ? {} : { fmr: point.fmr }),
      comparisons,
      supported: point !== undefined && point.fmr <= needed,
    };
  };
}

/** Loosest first. */
function supportedPoints(calibration: Calibration | undefined): Point[] {
  if (calibration === undefined) return [];
  return calibration.points
    .filter(({ fmr }) => fmr * calibration.comparisons * ROUNDING >= RULE_OF_THREE)
    .sort((a, b) => b.fmr - a.fmr);
}

function pointFor(points: readonly Point[], needed: number): Point | undefined {
  return points.find(({ fmr }) => fmr <= needed) ?? points.at(-1);
}

/** What is known of a similarity that was set by hand: the strictest point that is no stricter. */
function pointOf(points: readonly Point[], similarity: number): Point | undefined {
  return points.filter(point => point.similarity <= similarity).at(-1);
}

function notCalibrated(calibration: Calibration | undefined): StartupError {
  const what =
    calibration === undefined
      ? 'The embedder has no calibration table'
      : "The embedder's calibration table rests on too few comparisons";
  return new StartupError(
    `${what}: set recognition.minSimilarity to a number, or measure a table with "npm run accuracy" and write it into the catalog.`,
  );
}
