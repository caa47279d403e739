/** Cosine similarities of compared pairs, `same` person or not. A pair with a face that was not found has similarity -1. */
export interface Score {
  readonly same: boolean;
  readonly similarity: number;
}

/** The share of correct answers over ten folds, each judged with the threshold that was best on the other nine. */
export function tenFoldAccuracy(scores: readonly Score[]): number {
  const folds = Array.from({ length: 10 }, (_, fold) => fold);
  const foldOf = foldsByKind(scores, folds.length);
  const accuracies = folds.map(fold => {
    const others = scores.filter((_, at) => foldOf[at] !== fold);
    const own = scores.filter((_, at) => foldOf[at] === fold);
    return accuracyAt(own, bestThreshold(others));
  });
  return accuracies.reduce((sum, value) => sum + value, 0) / folds.length;
}

/** The share of same-person pairs above the threshold that lets at most `fmr` of the others pass. */
export function tarAtFmr(scores: readonly Score[], fmr: number): { tar: number; threshold: number } {
  const genuine = scores.filter(({ same }) => same).map(({ similarity }) => similarity);
  const impostor = scores.filter(({ same }) => !same).map(({ similarity }) => similarity);
  return tarOf(genuine, Float32Array.from(impostor).sort(), fmr);
}

/** The same over all pairs of embedded photos, each with every other. */
export function tarOverAllPairs(
  photos: readonly { person: string; vector: Float32Array }[],
  fmrs: readonly number[],
): { genuine: number; impostor: number; results: { fmr: number; tar: number; threshold: number }[] } {
  const genuine: number[] = [];
  const impostor = new Float32Array((photos.length * (photos.length - 1)) / 2);
  let count = 0;
  for (let i = 0; i < photos.length; i++)
    for (let j = 0; j < i; j++) {
      const cosine = dot(photos[i].vector, photos[j].vector);
      if (photos[i].person === photos[j].person) genuine.push(cosine);
      else impostor[count++] = cosine;
    }
  const sorted = impostor.subarray(0, count).sort();
  return {
    genuine: genuine.length,
    impostor: count,
    results: fmrs.map(fmr => ({ fmr, ...tarOf(genuine, sorted, fmr) })),
  };
}

function tarOf(
  genuine: readonly number[],
  sortedImpostor: Float32Array,
  fmr: number,
): { tar: number; threshold: number } {
  const passing = Math.floor(sortedImpostor.length * fmr);
  const threshold = sortedImpostor[sortedImpostor.length - 1 - passing];
  const accepted = genuine.filter(similarity => similarity > threshold).length;
  return { tar: accepted / genuine.length, threshold };
}

/** Each kind of pair is dealt out by itself, so that every fold holds both. */
function foldsByKind(scores: readonly Score[], folds: number): number[] {
  let same = 0;
  let other = 0;
  return scores.map(score => (score.same ? same++ : other++) % folds);
}

/** The middle of the thresholds that are best: their lowest would lean on one chance impostor. */
function bestThreshold(scores: readonly Score[]): number {
  const tried = Array.from({ length: 600 }, (_, step) => {
    const threshold = -0.2 + 0.002 * step;
    return { threshold, accuracy: accuracyAt(scores, threshold) };
  });
  const highest = Math.max(...tried.map(({ accuracy }) => accuracy));
  const best = tried.filter(({ accuracy }) => accuracy === highest);
  return best[best.length >> 1].threshold;
}

function accuracyAt(scores: readonly Score[], threshold: number): number {
  return scores.filter(({ same, similarity }) => similarity > threshold === same).length / scores.length;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
