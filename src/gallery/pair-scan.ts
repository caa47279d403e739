import type { IndexSnapshot } from './index-snapshot.ts';
import { createSimilarityCounts, type SimilarityCounts } from './similarity-counts.ts';

/** What comparing every template of a gallery with every other tells; persons and templates by their place in the snapshot. */
export interface PairScan {
  /** Best similarity of each template to another of the same person; NaN where there is none. */
  readonly own: Float64Array;
  /** Best similarity of each template to one of another person, and whose it is; NaN and -1 where there is none. */
  readonly stranger: Float64Array;
  readonly strangerOf: Int32Array;
  /** Pairs of persons whose best templates reach `closeFrom`: the closest first, at most `maxClose`; `closeCount` counts all. */
  readonly close: readonly ClosePair[];
  readonly closeCount: number;
  /** Similarities of all pairs of templates of different persons. */
  readonly strangers: SimilarityCounts;
}

/** Two persons by their place in the snapshot, and the best similarity of their templates. */
export interface ClosePair {
  readonly a: number;
  readonly b: number;
  readonly similarity: number;
}

/** Longest stretch of work in milliseconds before others get their turn; one more row may come on top. */
const STRETCH_MS = 10;

/** Compares all pairs of a snapshot, giving way through `pause` after every few milliseconds; what `pause` throws ends the scan. */
export async function scanPairs(
  snapshot: IndexSnapshot,
  options: { closeFrom: number; maxClose: number; pause: () => Promise<void>; now?: () => number },
): Promise<PairScan> {
  const { closeFrom, maxClose, pause, now = () => performance.now() } = options;
  const { persons, vectors, dimension } = snapshot;
  const personOf = Int32Array.from(persons.flatMap(({ templates }, person) => templates.map(() => person)));
  const count = personOf.length;
  const own = new Float64Array(count).fill(Number.NaN);
  const stranger = new Float64Array(count).fill(Number.NaN);
  const strangerOf = new Int32Array(count).fill(-1);
  const strangers = createSimilarityCounts();
  const products = new Float64Array(count);
  const probe = new Float64Array(dimension);
  const bestOf = new Float64Array(persons.length);
  const closest = createClosest(maxClose);

  const meetStranger = (template: number, other: number, similarity: number): void => {
    // Written so that the NaN of the beginning gives way.
    if (stranger[template] >= similarity) return;
    stranger[template] = similarity;
    strangerOf[template] = personOf[other];
  };

  let since = now();
  for (let row = 0; row < count; row++) {
    const person = personOf[row];
    if (row === 0 || personOf[row - 1] !== person) bestOf.fill(-2, person + 1);
    multiplyRows(vectors, row, count, probe, products);
    for (let other = row + 1; other < count; other++) {
      const similarity = products[other];
      const owner = personOf[other];
      if (owner === person) {
        if (!(own[row] >= similarity)) own[row] = similarity;
        if (!(own[other] >= similarity)) own[other] = similarity;
        continue;
      }
      strangers.add(similarity);
      meetStranger(row, other, similarity);
      meetStranger(other, row, similarity);
      if (similarity > bestOf[owner]) bestOf[owner] = similarity;
    }
    if (row === count - 1 || personOf[row + 1] !== person)
      for (let other = person + 1; other < persons.length; other++)
        if (bestOf[other] >= closeFrom) closest.add({ a: person, b: other, similarity: bestOf[other] });
    if (now() - since < STRETCH_MS) continue;
    await pause();
    since = now();
  }
  return { own, stranger, strangerOf, close: closest.best(), closeCount: closest.count, strangers };
}

/** Dot products of a row with all rows behind it, four at a time, so that each value of the probe is loaded once for four products. */
function multiplyRows(
  vectors: Float32Array,
  row: number,
  count: number,
  probe: Float64Array,
  products: Float64Array,
): void {
  const width = probe.length;
  probe.set(vectors.subarray(row * width, (row + 1) * width));
  let other = row + 1;
  for (; other + 4 <= count; other += 4) {
    const at = other * width;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < width; i++) {
      const value = probe[i];
      a += vectors[at + i] * value;
      b += vectors[at + width + i] * value;
      c += vectors[at + 2 * width + i] * value;
      d += vectors[at + 3 * width + i] * value;
    }
    products[other] = a;
    products[other + 1] = b;
    products[other + 2] = c;
    products[other + 3] = d;
  }
  for (; other < count; other++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += vectors[other * width + i] * probe[i];
    products[other] = sum;
  }
}

/** Keeps the `most` closest of many pairs. */
function createClosest(most: number) {
  let kept: ClosePair[] = [];
  let count = 0;
  const cut = () => {
    kept = kept.sort((x, y) => y.similarity - x.similarity || x.a - y.a || x.b - y.b).slice(0, most);
  };
  return {
    add(pair: ClosePair) {
      count++;
      kept.push(pair);
      if (kept.length >= 4 * most + 1000) cut();
    },
    best() {
      cut();
      return kept;
    },
    get count() {
      return count;
    },
  };
}
