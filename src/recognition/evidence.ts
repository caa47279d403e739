import type { Embedding } from '../domain/face.ts';
import { similarity } from '../domain/face.ts';
import type { Identity } from '../domain/identity.ts';
import type { Candidate, Match } from '../domain/person.ts';

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

/** A usable face of a track: which frame it is of, its embedding and what the gallery said of it. */
export interface Observation {
  readonly sequence: number;
  readonly embedding: Embedding;
  readonly match: Match;
}

/** What the frames of one track say together. */
export interface Evidence {
  /**
   * Takes in one face; a frame counts once. One face unlike the track's own is held back and makes the track undecided;
   * a second one in a row answers `face_changed`: someone else is on this track.
   */
  add(observation: Observation): 'added' | 'face_changed';
  /** What is known now; observations that name someone who is no longer enrolled do not count. */
  identity(): Identity;
}

/** Two faces less similar than this are taken for different people when the track already has a face (genuine pairs: 1st percentile .30, research data of the embedder). */
const SAME_FACE = 0.2;
/** The newest frames that count. */
const MEMORY = 12;

/** Collects a track's frames and decides by agreement: no single frame ever makes anyone known. */
export function createEvidence(policy: EvidencePolicy, isEnrolled: (personId: string) => boolean): Evidence {
  let observations: Observation[] = [];
  let strange = false;
  return {
    add(observation) {
      if (observations.some(other => other.sequence === observation.sequence)) return 'added';
      if (isStrange(observations, observation)) {
        if (strange) return 'face_changed';
        strange = true;
        return 'added';
      }
      strange = false;
      observations = [...observations, observation].slice(-MEMORY);
      return 'added';
    },
    identity() {
      if (strange) return { status: 'undecided' };
      observations = observations.filter(
        ({ match }) => match.best === undefined || isEnrolled(match.best.personId),
      );
      return decide(observations, policy);
    },
  };
}

function isStrange(observations: readonly Observation[], next: Observation): boolean {
  return (
    observations.length > 0 &&
    observations.every(({ embedding }) => similarity(embedding.vector, next.embedding.vector) < SAME_FACE)
  );
}

function decide(observations: readonly Observation[], policy: EvidencePolicy): Identity {
  const named = observations.filter(({ match }) => passes(match, policy));
  const persons = new Set(named.map(({ match }) => match.best?.personId));
  // Two names on one face are a conflict, whichever has more frames.
  if (persons.size > 1) return { status: 'undecided' };
  if (named.length >= policy.minFrames) return known(named);
  const nobody = observations.filter(({ match }) => (match.best?.similarity ?? -1) < policy.minSimilarity());
  if (named.length === 0 && nobody.length >= policy.unknownFrames) {
    const nearest = Math.max(...nobody.map(({ match }) => match.best?.similarity ?? -1));
    return { status: 'unknown', similarity: nearest, frames: nobody.length };
  }
  return { status: 'undecided' };
}

function passes(match: Match, policy: EvidencePolicy): boolean {
  return (
    match.best !== undefined &&
    match.best.similarity >= policy.minSimilarity() &&
    match.margin >= policy.minMargin
  );
}

function known(named: readonly Observation[]): Identity {
  const strongest = named.reduce((a, b) =>
    b.match.best!.similarity > a.match.best!.similarity ? b : a,
  ).match;
  const candidate: Candidate = strongest.best!;
  return {
    status: 'known',
    candidate,
    similarity: candidate.similarity,
    margin: strongest.margin,
    frames: named.length,
  };
}
