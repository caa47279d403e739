/** How often each similarity occurred, to a thousandth. */
export interface SimilarityCounts {
  add(similarity: number): void;
  readonly total: number;
  /** The largest, exactly; -1 where nothing was added. */
  readonly max: number;
  /** The similarity that this share (0..1) of all do not exceed: never too low, at most .001 too high; -1 where nothing was added. */
  quantile(share: number): number;
}

const BINS_PER_UNIT = 1000;
const BINS = 2 * BINS_PER_UNIT + 1;

/** Counts of nothing yet. */
export function createSimilarityCounts(): SimilarityCounts {
  // Doubles count exactly up to 2^53.
  const bins = new Float64Array(BINS);
  let total = 0;
  let max = -1;
  return {
    add(similarity) {
      const bin = Math.ceil((similarity + 1) * BINS_PER_UNIT);
      bins[Math.min(Math.max(bin, 0), BINS - 1)]++;
      total++;
      if (similarity > max) max = similarity;
    },
    get total() {
      return total;
    },
    get max() {
      return max;
    },
    quantile(share) {
      if (total === 0) return -1;
      const needed = Math.ceil(share * total);
      let counted = 0;
      for (const [bin, count] of bins.entries()) {
        counted += count;
        if (counted > 0 && counted >= needed) return Math.min(max, bin / BINS_PER_UNIT - 1);
      }
      return max;
    },
  };
}
