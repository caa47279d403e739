/** What a scan is certain of for one probe: no row outside `rows` holds the best template of one of the two best owners. */
export interface Found {
  readonly rows: Uint32Array;
  /** The rows that prove it; empty where all rows are in `rows`. If either held something else meanwhile, nothing is certain. */
  readonly proof: readonly number[];
}

/** A row whose cosine with the probe lies between score - slack and score + slack. */
export interface ScoredRow {
  readonly row: number;
  readonly owner: number;
  readonly score: number;
  readonly slack: number;
}

/** The rows that may hold the best template of one of the two best owners. */
export interface Rivals {
  add(scored: ScoredRow): void;
  /**
   * What the second best of the owners reaches for certain, -Infinity before the second: two owners have a template each whose cosine
   * is no less, so no template that is certain to stay below it can be the best of one of the two best. It only rises.
   */
  threshold(): number;
  found(): Found;
}

interface Leader {
  readonly owner: number;
  readonly row: number;
  /** A lower bound of the cosine. */
  readonly low: number;
}

const NOBODY: Leader = { owner: -1, row: -1, low: Number.NEGATIVE_INFINITY };

/** No rows yet. */
export function createRivals(): Rivals {
  let best = NOBODY;
  let second = NOBODY;
  const rows: number[] = [];
  const highs: number[] = [];

  return {
    add: ({ row, owner, score, slack }) => {
      const low = score - slack;
      const high = score + slack;
      if (!(high >= second.low)) return;
      rows.push(row);
      highs.push(high);
      if (owner === best.owner) {
        if (low > best.low) best = { owner, row, low };
      } else if (low > best.low) {
        second = best;
        best = { owner, row, low };
      } else if (low > second.low) {
        second = { owner, row, low };
      }
    },
    threshold: () => second.low,
    found: () => ({
      rows: Uint32Array.from(rows.filter((_, at) => highs[at] >= second.low)),
      proof: second === NOBODY ? [] : [best.row, second.row],
    }),
  };
}
