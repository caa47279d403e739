const BINS = 1 << 16;

/** How often which similarity came up; counts in 65,536 steps from -1 to 1, so that millions need no list. */
export interface SimilarityCounts {
  add(similarity: number): void;
  readonly total: number;
  /** How many reach `threshold`; it is rounded down to a step. */
  reaching(threshold: number): number;
  /** The lowest step that at most `share` of all reach. */
  thresholdFor(share: number): number;
}

/** Empty counts. */
export function createSimilarityCounts(): SimilarityCounts {
  const counts = new Float64Array(BINS + 1);
  let total = 0;
  const binOf = (similarity: number): number =>
    Math.min(BINS, Math.max(0, Math.floor(((similarity + 1) / 2) * BINS + 1e-9)));
  return {
    add(similarity) {
      counts[binOf(similarity)]++;
      total++;
    },
    get total() {
      return total;
    },
    reaching(threshold) {
      let sum = 0;
      for (let bin = binOf(threshold); bin <= BINS; bin++) sum += counts[bin];
      return sum;
    },
    thresholdFor(share) {
      const most = Math.floor(share * total);
      let sum = 0;
      let bin = BINS + 1;
      while (bin > 0 && sum + counts[bin - 1] <= most) sum += counts[--bin];
      return (bin / BINS) * 2 - 1;
    },
  };
}
