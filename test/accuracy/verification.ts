import { meanAndStd } from './statistics.ts';

/** Cosine similarities of compared pairs, `same` person or not. A pair with a face that was not found has similarity -1. */
export interface Score {
  readonly same: boolean;
  readonly similarity: number;
}

const FOLDS = 10;

/** The share of correct answers over ten folds, each judged with the threshold that was best on the other nine: mean and standard deviation over the folds. */
export function tenFoldAccuracy(scores: readonly Score[]): { mean: number; std: number } {
  const foldOf = foldsByKind(scores, FOLDS);
  // Of fewer than ten pairs of a kind some folds stay empty.
  const accuracies = [...new Set(foldOf)].map(fold => {
    const others = scores.filter((_, at) => foldOf[at] !== fold);
    const own = scores.filter((_, at) => foldOf[at] === fold);
    return accuracyAt(own, bestThreshold(others));
  });
  return meanAndStd(accuracies);
}

/** Each kind of pair is dealt out by itself, in order, so that every fold holds both. */
export function foldsByKind(scores: readonly Score[], folds: number): number[] {
  const total = { same: scores.filter(({ same }) => same).length, other: 0 };
  total.other = scores.length - total.same;
  let same = 0;
  let other = 0;
  return scores.map(score =>
    score.same ? Math.floor((same++ * folds) / total.same) : Math.floor((other++ * folds) / total.other),
  );
}

/** The threshold with the most correct answers: half-way between two neighbouring scores; of equals the lowest. */
export function bestThreshold(scores: readonly Score[]): number {
  const sorted = [...scores].sort((a, b) => a.similarity - b.similarity);
  let correct = sorted.filter(({ same }) => same).length;
  let best = { correct, threshold: -1 };
  for (const [at, { same, similarity }] of sorted.entries()) {
    correct += same ? -1 : 1;
    const next = sorted[at + 1]?.similarity ?? 1;
    if (next > similarity && correct > best.correct) best = { correct, threshold: (similarity + next) / 2 };
  }
  return best.threshold;
}

function accuracyAt(scores: readonly Score[], threshold: number): number {
  return scores.filter(({ same, similarity }) => similarity > threshold === same).length / scores.length;
}
