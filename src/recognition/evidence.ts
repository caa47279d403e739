import type { Embedding, FaceQuality } from '../domain/face.ts';
import { similarity } from '../domain/face.ts';
import type { Identity } from '../domain/identity.ts';
import type { Match } from '../domain/person.ts';
import { fuse } from './fusion.ts';

/** When a track has a name: all similarities are cosines, higher is stricter. */
export interface EvidencePolicy {
  /** What it is now; grows with the gallery. */
  readonly minSimilarity: () => number;
  /** Best person minus best other person. */
  readonly minMargin: number;
  /** Distinct frames that must name the same person. */
  readonly minFrames: number;
  /** Distinct frames without anyone similar before the face counts as unknown. */
  readonly unknownFrames: number;
}

/** Who is enrolled, as evidence asks for it. */
export interface EvidenceGallery {
  search(probe: Embedding): Promise<Match>;
  isEnrolled(personId: string): boolean;
}

/** A usable face of a track: which frame it is of, its embedding and its quality. */
export interface Observation {
  readonly sequence: number;
  readonly embedding: Embedding;
  readonly quality: FaceQuality;
}

/** What the frames of one track say together. */
export interface Evidence {
  /** Takes in one face, after the last one; `face_changed` when someone else is on this track. */
  add(observation: Observation): Promise<'added' | 'face_changed'>;
  /** What is known now: undecided until the next face where a person was deleted who was part of it. */
  identity(): Identity;
  /** Similarity of the fused frames to the nearest person (-1 where there is none), and how many frames those are; 0 before the first. */
  nearest(): { similarity: number; frames: number };
  /** The best face that counts; absent before the first. */
  best(): FaceQuality | undefined;
  /** The frame of the newest face that counts. */
  newest(): number | undefined;
}

/**
 * A face less similar than this to the direction of the track's fused faces is somebody else's. Measured on lfw-dev, photos of
 * different days: .1 % of a person's own photos are below .33 to three others, 99 % of other people's are below .245.
 */
const SAME_FACE = 0.25;
/** The newest frames that count. */
const MEMORY = 12;
/** A frame agrees down to this much below the threshold: one weak frame of the right person is outweighed, a lone strong frame of a stranger is not backed. */
const AGREEMENT_SLACK = 0.1;

interface Weighed extends Observation {
  readonly match: Match;
}

/**
 * Collects a track's frames and decides by agreement. The rules:
 * - A frame counts once, and so does a picture: an embedding that repeats bit for bit is no new evidence.
 * - The newest 12 frames are fused into one probe, weighted by quality, and the gallery is searched with it.
 * - Known: the fused probe reaches the threshold and the margin to the best other person, and at least `minFrames` frames
 *   put the same person first by themselves, none of them more than a little below the threshold.
 * - Conflict: a frame that names somebody else by itself (threshold and margin) makes the track undecided, whoever has more frames.
 * - Unknown: `unknownFrames` frames, the fused probe below the threshold, and no frame that names anyone by itself.
 * - One face unlike the track's own is held back and makes the track undecided; a second one in a row is another person's.
 * - Frames that name somebody who is no longer enrolled do not count.
 * Everything else is undecided.
 */
export function createEvidence(policy: EvidencePolicy, gallery: EvidenceGallery): Evidence {
  let counted: readonly Weighed[] = [];
  let fused: Match | undefined;
  let strange = false;

  const isEnrolled = ({ best }: Match): boolean => !best || gallery.isEnrolled(best.personId);

  const forgetDeleted = (): void => {
    const kept = counted.filter(({ match }) => isEnrolled(match));
    if (kept.length !== counted.length || (fused && !isEnrolled(fused))) fused = undefined;
    counted = kept;
  };

  return {
    async add(observation) {
      forgetDeleted();
      if (counted.some(other => isSameFrame(other, observation))) return 'added';
      if (isStrange(counted, observation)) {
        if (strange) return 'face_changed';
        strange = true;
        return 'added';
      }
      strange = false;
      const newest = fuse([...counted, observation].slice(-MEMORY));
      const [match, together] = await Promise.all([
        gallery.search(observation.embedding),
        gallery.search(newest),
      ]);
      counted = [...counted, { ...observation, match }].slice(-MEMORY);
      fused = together;
      return 'added';
    },
    identity() {
      forgetDeleted();
      return strange || !fused ? { status: 'undecided' } : decide(counted, fused, policy);
    },
    nearest: () => ({ similarity: fused?.best?.similarity ?? -1, frames: counted.length }),
    best: () => bestOf(counted),
    newest: () => counted.at(-1)?.sequence,
  };
}

function isSameFrame(a: Observation, b: Observation): boolean {
  if (a.sequence === b.sequence) return true;
  return a.embedding.vector.every((value, at) => value === b.embedding.vector[at]);
}

function isStrange(counted: readonly Observation[], { embedding }: Observation): boolean {
  if (counted.length === 0) return false;
  return similarity(fuse(counted).vector, embedding.vector) < SAME_FACE;
}

function decide(counted: readonly Weighed[], fused: Match, policy: EvidencePolicy): Identity {
  const minSimilarity = policy.minSimilarity();
  const reaches = (match: Match): boolean =>
    match.best !== undefined && match.best.similarity >= minSimilarity && match.margin >= policy.minMargin;
  const { best } = fused;
  const named = counted.filter(({ match }) => reaches(match));
  if (best && reaches(fused)) {
    if (named.some(({ match }) => match.best?.personId !== best.personId)) return { status: 'undecided' };
    const agreeing = counted.filter(
      ({ match }) =>
        match.best?.personId === best.personId && match.best.similarity >= minSimilarity - AGREEMENT_SLACK,
    );
    if (agreeing.length < policy.minFrames) return { status: 'undecided' };
    const { similarity } = best;
    return { status: 'known', candidate: best, similarity, margin: fused.margin, frames: agreeing.length };
  }
  const nearest = best?.similarity ?? -1;
  if (named.length === 0 && nearest < minSimilarity && counted.length >= policy.unknownFrames)
    return { status: 'unknown', similarity: nearest, frames: counted.length };
  return { status: 'undecided' };
}

function bestOf(counted: readonly Observation[]): FaceQuality | undefined {
  return counted
    .map(({ quality }) => quality)
    .reduce<FaceQuality | undefined>(
      (best, next) => (best && best.norm >= next.norm ? best : next),
      undefined,
    );
}
