import { normalize, similarity } from '../../src/domain/face.ts';
import type { EmbeddedPhoto } from './all-pairs.ts';
import { createSimilarityCounts, type SimilarityCounts } from './similarity-counts.ts';
import { shuffled } from './statistics.ts';

/** Best similarities of probes in a gallery of `persons`: of those enrolled, with the wrong answers taken out, and of strangers. */
export interface OpenSet {
  readonly persons: number;
  /** Probes of enrolled persons whose own person was best. */
  readonly right: SimilarityCounts;
  /** Probes of enrolled persons whose best was somebody else. */
  readonly wrong: SimilarityCounts;
  /** Probes of persons who are not enrolled. */
  readonly strangers: SimilarityCounts;
}

/** Most photos of a person that make the template; one is always left as a probe. */
const TEMPLATE_PHOTOS = 2;

/**
 * Open-set identification (1:N): in each of `draws` a random gallery of `persons` is enrolled, each with the mean of up to two
 * photos; their other photos and those of everybody else are the probes. Undefined where too few people have two photos.
 */
export function openSet(
  photos: readonly EmbeddedPhoto[],
  { persons, draws, random }: { persons: number; draws: number; random: () => number },
): OpenSet | undefined {
  const candidates = groupByPerson(photos).filter(own => own.length >= 2);
  if (candidates.length < persons) return undefined;
  const result: OpenSet = {
    persons,
    right: createSimilarityCounts(),
    wrong: createSimilarityCounts(),
    strangers: createSimilarityCounts(),
  };
  for (let draw = 0; draw < draws; draw++) {
    const gallery = shuffled(candidates, random)
      .slice(0, persons)
      .map(own => enroll(shuffled(own, random)));
    const enrolled = new Set(gallery.map(({ person }) => person));
    for (const { person, probes } of gallery)
      for (const probe of probes) {
        const best = search(gallery, probe);
        (best.person === person ? result.right : result.wrong).add(best.similarity);
      }
    for (const { person, probe } of photos)
      if (!enrolled.has(person)) result.strangers.add(search(gallery, probe).similarity);
  }
  return result;
}

/** The photos of each person, persons and photos in the order given. */
export function groupByPerson<T extends { person: string }>(photos: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const photo of photos) {
    const own = groups.get(photo.person);
    if (own) own.push(photo);
    else groups.set(photo.person, [photo]);
  }
  return [...groups.values()];
}

interface Member {
  readonly person: string;
  readonly template: Float32Array;
  readonly probes: readonly Float32Array[];
}

function enroll(own: readonly EmbeddedPhoto[]): Member {
  const count = Math.min(TEMPLATE_PHOTOS, own.length - 1);
  const template = meanDirection(own.slice(0, count).map(({ template }) => template));
  return { person: own[0].person, template, probes: own.slice(count).map(({ probe }) => probe) };
}

function search(gallery: readonly Member[], probe: Float32Array): { person: string; similarity: number } {
  let best = { person: '', similarity: -1 };
  for (const { person, template } of gallery) {
    const cosine = similarity(template, probe);
    if (cosine > best.similarity) best = { person, similarity: cosine };
  }
  return best;
}

function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0].length);
  for (const vector of vectors) for (const [at, value] of vector.entries()) sum[at] += value;
  return normalize(sum).unit;
}
