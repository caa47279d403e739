import type { Candidate, Match } from '../domain/person.ts';

/** A template as the index keeps it beside its vector. */
export interface Entry {
  readonly templateId: string;
  readonly personId: string;
  readonly customerPersonId: string;
}

/** Keeps the two best persons of a scan; a person's similarity is that of their best template, ties go to the smaller `customerPersonId` (by UTF-16 code units), then `personId`, then `templateId`. */
export interface TopTwo {
  offer(entry: Entry, similarity: number): void;
  /** Offers below this similarity change nothing. */
  floor(): number;
  match(): Match;
}

interface Scored {
  readonly entry: Entry;
  readonly similarity: number;
}

/** An empty result. */
export function createTopTwo(): TopTwo {
  let best: Scored | undefined;
  let second: Scored | undefined;
  return {
    offer: (entry, similarity) => {
      const scored = { entry, similarity };
      if (best?.entry.personId === entry.personId) {
        if (isBetter(scored, best)) best = scored;
      } else if (isBetter(scored, best)) {
        second = best;
        best = scored;
      } else if (isBetter(scored, second)) {
        second = scored;
      }
    },
    floor: () => second?.similarity ?? Number.NEGATIVE_INFINITY,
    match: () => {
      if (!best) return { margin: 0 };
      const [found, runnerUp] = [candidateOf(best), second && candidateOf(second)];
      return {
        best: found,
        ...(runnerUp && { runnerUp }),
        margin: found.similarity - (runnerUp?.similarity ?? -1),
      };
    },
  };
}

function isBetter(a: Scored, b: Scored | undefined): boolean {
  if (!b || a.similarity !== b.similarity) return !b || a.similarity > b.similarity;
  for (const id of ['customerPersonId', 'personId', 'templateId'] as const)
    if (a.entry[id] !== b.entry[id]) return a.entry[id] < b.entry[id];
  return false;
}

function candidateOf({ entry, similarity }: Scored): Candidate {
  const { personId, customerPersonId, templateId } = entry;
  // A template and itself may come to a hair more than 1.
  return { personId, customerPersonId, templateId, similarity: Math.min(1, similarity) };
}
