import type { Calibration } from '../config/catalog.ts';
import { StartupError } from '../domain/errors.ts';
import type { OperatingPoint } from '../domain/identity.ts';

/** The operating point for a gallery of so many persons. */
export type OperatingPointOf = (persons: number) => OperatingPoint;

/** With no error in n comparisons the rate is below 3/n with 95 % (rule of three): nothing smaller is claimed. */
const RULE_OF_THREE = 3;

/**
 * Gives the similarity that keeps strangers at `targetFpir`: the needed FMR is targetFpir / persons, the similarity that of the next
 * stricter measured point, never beyond the data. A number as `minSimilarity` overrides it. Throws StartupError for `auto` without a table.
 */
export function createOperatingPoint(
  calibration: Calibration | undefined,
  options: { targetFpir: number; minSimilarity: number | 'auto' },
): OperatingPointOf {
  const { targetFpir, minSimilarity } = options;
  const comparisons = calibration?.comparisons ?? 0;
  const points = [...(calibration?.points ?? [])]
    .filter(({ fmr }) => fmr * comparisons >= RULE_OF_THREE)
    .sort((a, b) => b.fmr - a.fmr);
  const strictest = points.at(-1);
  if (minSimilarity === 'auto' && strictest === undefined)
    throw new StartupError(
      'The embedder has no calibration table: set recognition.minSimilarity to a number, or measure one with "npm run accuracy".',
    );
  return persons => {
    const needed = targetFpir / Math.max(1, persons);
    const stands = { targetFpir, persons, comparisons };
    if (minSimilarity !== 'auto') {
      // The loosest point that is not above the set similarity: what is known of it, on the safe side.
      const known = points.filter(({ similarity }) => similarity <= minSimilarity).at(-1);
      const fmr = known === undefined ? {} : { fmr: known.fmr };
      return {
        ...stands,
        similarity: minSimilarity,
        ...fmr,
        supported: known !== undefined && known.fmr <= needed,
      };
    }
    const point = points.find(({ fmr }) => fmr <= needed);
    const { fmr, similarity } = point ?? strictest!;
    return { ...stands, similarity, fmr, supported: point !== undefined };
  };
}
