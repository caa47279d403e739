import type { DenyReason, DoorVerdict, TrackStanding } from '../domain/door.ts';
import { type DoorDecision, eventPerson, qualityReport } from '../domain/event.ts';
import type { FaceCrop } from '../domain/image.ts';
import type { Person } from '../domain/person.ts';
import { type DoorRules, decideAtDoor } from './decision.ts';
import { createPresence } from './presence.ts';

/** What a door decides, before it is numbered and signed. */
export type UnstampedDecision = Omit<
  DoorDecision,
  'schema' | 'event_id' | 'seq' | 'node' | 'snapshot' | 'signature'
>;

/** The cameras of a door look on; each of their tracks comes to exactly one decision. */
export interface DoorWatch {
  /**
   * Takes in where a track stands, with the face that this rests on where faces are kept. Resolves when what was decided is durable, with
   * whether the decision is still to come.
   */
  see(standing: TrackStanding, crop?: FaceCrop): Promise<boolean>;
  /** The track ended: who could not be let in so far is denied. A track that never stood anywhere comes to nothing. */
  end(trackId: string, crop?: FaceCrop): Promise<void>;
  /** A camera has looked, and every track that was in view until then was told of; resolves when who has left by that is durable. */
  looked(camera: string): Promise<void>;
}

/** What a watch needs to know, and whom it tells. */
export interface DoorWatchParts {
  readonly id: string;
  readonly rules: DoorRules;
  readonly cooldownMs: number;
  readonly cameras: readonly string[];
  /** For how long a grant may unlock, in milliseconds. */
  readonly unlockMs: number;
  /** The similarity that this door needs now; where recognition needs more, that counts. */
  readonly threshold: () => number;
  readonly person: (personId: string) => Person | undefined;
  readonly isGalleryWhole: () => boolean;
  /** Ids of the persons who were let in before the start and are not known to have left. */
  readonly here: readonly string[];
  readonly isClockSure: () => boolean;
  readonly publish: (decision: UnstampedDecision, crop?: FaceCrop) => Promise<unknown>;
  /** Told of persons who were let in and have left. */
  readonly left: (personIds: readonly string[]) => Promise<void>;
  /** Milliseconds since the epoch, and of a clock that nobody sets. */
  readonly now: () => number;
  readonly monotonic: () => number;
}

/** Reasons that the next frame may do away with; the others stand for the whole sighting. */
const PASSING: readonly DenyReason[] = [
  'low_quality',
  'undecided',
  'gallery_degraded',
  'unknown',
  'stale',
  'liveness_not_assessed',
];

/** What is known of a track in view. */
interface Visit {
  wasReplayed: boolean;
  isDecided: boolean;
  /** What it comes to if it ends now. */
  last: { readonly standing: TrackStanding; readonly verdict: DoorVerdict; readonly who?: Person };
}

/** The watch of one door. A grant is given as soon as it can be, a denial once nothing can change it; a track that ended is never let in. */
export function createDoorWatch(parts: DoorWatchParts): DoorWatch {
  const { id, rules, now } = parts;
  const visits = new Map<string, Visit>();
  const presence = createPresence(parts);

  const judge = (standing: TrackStanding, wasReplayed: boolean, at: number): Visit['last'] => {
    const { identity } = standing;
    const who = identity.status === 'known' ? parts.person(identity.candidate.personId) : undefined;
    const verdict = decideAtDoor(standing, rules, {
      now: at,
      threshold: thresholdOf(standing),
      ...(who && { person: who }),
      isClockSure: parts.isClockSure(),
      isGalleryWhole: parts.isGalleryWhole(),
      wasReplayed,
      isCoolingDown: who !== undefined && presence.isHere(who.id, standing.trackId),
    });
    return { standing, verdict, ...(who && { who }) };
  };

  const thresholdOf = ({ threshold }: TrackStanding): number => Math.max(threshold, parts.threshold());

  const announce = async (
    { standing, verdict, who }: Visit['last'],
    decidedAt: number,
    crop?: FaceCrop,
  ): Promise<void> => {
    const { trackId, camera, customer, capturedAt, identity, similarity, frames, liveness } = standing;
    const { quality, model } = standing;
    const isKnown = identity.status === 'known';
    // A denial opens nothing, and tells its reason also where the track took its time to end.
    const freshSince = verdict.decision === 'grant' ? capturedAt : decidedAt;
    const decision: UnstampedDecision = {
      type: 'door_decision',
      door: id,
      ...verdict,
      camera,
      customer,
      track_id: trackId,
      captured_at: new Date(capturedAt).toISOString(),
      decided_at: new Date(decidedAt).toISOString(),
      expires_at: new Date(freshSince + rules.ttlMs).toISOString(),
      ...(who && { person: eventPerson(who) }),
      similarity: isKnown ? identity.similarity : similarity,
      threshold: thresholdOf(standing),
      ...(isKnown && { margin: identity.margin }),
      frames: isKnown ? identity.frames : frames,
      ...(quality && { quality: qualityReport(quality) }),
      liveness,
      model,
      ...(verdict.decision === 'grant' && { unlock_ms: parts.unlockMs }),
    };
    await parts.publish(decision, crop);
  };

  return {
    async see(standing, crop) {
      const { trackId, camera } = standing;
      const before = visits.get(trackId);
      if (before?.isDecided) return false;
      if (before === undefined) presence.began(trackId);
      const wasReplayed = standing.isReplayed || (before?.wasReplayed ?? false);
      const at = now();
      const last = judge(standing, wasReplayed, at);
      const { verdict, who } = last;
      const isDecided = verdict.decision === 'grant' || !PASSING.includes(verdict.reason);
      visits.set(trackId, { wasReplayed, isDecided, last });
      if (!isDecided) return true;
      if (who && verdict.decision === 'grant') presence.letIn(who.id, trackId, camera);
      else if (who) presence.stays(who.id, trackId, camera);
      await announce(last, at, crop);
      return false;
    },
    async end(trackId, crop) {
      const visit = visits.get(trackId);
      visits.delete(trackId);
      presence.ended(trackId);
      if (visit && !visit.isDecided) await announce(visit.last, now(), crop);
    },
    async looked(camera) {
      const gone = presence.looked(camera);
      if (gone.length > 0) await parts.left(gone);
    },
  };
}
