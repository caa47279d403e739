import type { FaceQuality } from '../../src/domain/face.ts';
import type { Match } from '../../src/domain/person.ts';
import { createTemplateIndex } from '../../src/gallery/template-index.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { createEvidence } from '../../src/recognition/evidence.ts';
import { groupByPerson } from './identification.ts';
import { shuffled } from './statistics.ts';

/** One photo of a person: as enrolled, and as a frame of a track. */
export interface TrackPhoto {
  readonly person: string;
  readonly template: Float32Array;
  readonly probe: Float32Array;
  readonly quality: FaceQuality;
}

/** What became of the tracks at one threshold. */
export interface TrackCounts {
  readonly similarity: number;
  /** Tracks of enrolled persons who were named rightly. */
  readonly right: number;
  /** Tracks of enrolled persons who were named wrongly. */
  readonly wrong: number;
  /** Tracks of strangers who were given a name. */
  readonly strangers: number;
}

/** Outcomes of the same tracks by their first frame alone and by the evidence of all frames, per threshold. */
export interface FusionResult {
  readonly tracks: number;
  readonly strangerTracks: number;
  /** Mean number of persons in the gallery. */
  readonly persons: number;
  readonly single: readonly TrackCounts[];
  readonly fused: readonly TrackCounts[];
}

/** Frames of a simulated track. */
export const TRACK_FRAMES = 3;
const MODEL = 'track';
const CUSTOMER = 'track';

/**
 * Simulates tracks with photos of different days, which vary more than the frames of a video. In each draw half of the people with four
 * photos or more are enrolled with one photo, three others are their track; three photos of everybody else with three or more are a stranger's.
 */
export async function compareFusion(
  photos: readonly TrackPhoto[],
  options: {
    draws: number;
    thresholds: readonly number[];
    minFrames: number;
    minMargin: number;
    random: () => number;
    onProgress?: (done: number, of: number) => void;
  },
): Promise<FusionResult> {
  const { draws, thresholds, minFrames, minMargin, random, onProgress } = options;
  const people = groupByPerson(photos);
  const empty = () => thresholds.map(similarity => ({ similarity, right: 0, wrong: 0, strangers: 0 }));
  const result = { tracks: 0, strangerTracks: 0, persons: 0, single: empty(), fused: empty() };
  for (let draw = 0; draw < draws; draw++) {
    const candidates = shuffled(
      people.filter(own => own.length > TRACK_FRAMES),
      random,
    );
    const enrolled = new Set(candidates.slice(0, candidates.length >> 1).map(([{ person }]) => person));
    const tracks = people
      .map(own => shuffled(own, random))
      .filter(own => own.length >= TRACK_FRAMES + (enrolled.has(own[0].person) ? 1 : 0));
    const gallery = enroll(tracks.map(([first]) => first).filter(({ person }) => enrolled.has(person)));
    for (const own of tracks) {
      const { person } = own[0];
      const known = enrolled.has(person);
      const frames = known ? own.slice(1, 1 + TRACK_FRAMES) : own.slice(0, TRACK_FRAMES);
      if (known) result.tracks++;
      else result.strangerTracks++;
      const first = await gallery(frames[0].probe);
      for (const [at, minSimilarity] of thresholds.entries()) {
        const policy = { minMargin, minFrames, unknownFrames: TRACK_FRAMES };
        const passes = (first.best?.similarity ?? -1) >= minSimilarity && first.margin >= minMargin;
        count(result.single[at], passes ? first.best?.personId : undefined, person, known);
        const name = await fusedName(frames, gallery, { ...policy, minSimilarity });
        count(result.fused[at], name, person, known);
      }
    }
    result.persons += enrolled.size / draws;
    onProgress?.(draw + 1, draws);
  }
  return result;
}

/** A search among enrolled photos. */
export type Search = (probe: Float32Array) => Promise<Match>;

/** Enrolls one photo each and gives the search among them. */
export function enroll(templates: readonly TrackPhoto[]): Search {
  const index = createTemplateIndex(MODEL, { log: silentLogger });
  for (const { person, template } of templates) {
    const owner = { id: person, customerId: CUSTOMER, customerPersonId: person };
    const embedding = { modelId: MODEL, vector: template };
    index.add(owner, { id: person, personId: person, customerId: CUSTOMER, embedding, norm: 1 });
  }
  return vector => index.search(CUSTOMER, { modelId: MODEL, vector });
}

/** Whom the evidence of these frames names; the search is among those who are enrolled. */
export async function fusedName(
  frames: readonly Pick<TrackPhoto, 'probe' | 'quality'>[],
  search: Search,
  policy: { minSimilarity: number; minMargin: number; minFrames: number; unknownFrames: number },
): Promise<string | undefined> {
  const evidence = createEvidence(
    { ...policy, minSimilarity: () => policy.minSimilarity },
    { search: ({ vector }) => search(vector), isEnrolled: () => true },
  );
  for (const [sequence, { probe, quality }] of frames.entries())
    await evidence.add({ sequence, embedding: { modelId: MODEL, vector: probe }, quality });
  const identity = evidence.identity();
  return identity.status === 'known' ? identity.candidate.personId : undefined;
}

function count(
  counts: { right: number; wrong: number; strangers: number },
  name: string | undefined,
  person: string,
  known: boolean,
): void {
  if (name === undefined) return;
  if (!known) counts.strangers++;
  else if (name === person) counts.right++;
  else counts.wrong++;
}

/** The counts at the highest threshold that still names at least `right` tracks rightly. */
export function atRight(counts: readonly TrackCounts[], right: number): TrackCounts | undefined {
  return counts.filter(one => one.right >= right).sort((a, b) => b.similarity - a.similarity)[0];
}
