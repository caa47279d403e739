import type { Candidate, Match } from '../domain/person.ts';

/** The person of a match who is similar enough (`minSimilarity`, cosine) and far enough before the next (`minMargin`), else `undefined`. */
export function decide(
  match: Match,
  { minSimilarity, minMargin }: { minSimilarity: number; minMargin: number },
): Candidate | undefined {
  const { best, margin } = match;
  return best && best.similarity >= minSimilarity && margin >= minMargin ? best : undefined;
}
