import type { DoorVerdict, TrackStanding } from '../domain/door.ts';
import type { PersonAccess } from '../domain/person.ts';
import type { Schedule } from './schedule.ts';

/** What a door asks for. */
export interface DoorRules {
  readonly customer: string;
  /** Persons of any of these groups may pass; without any, whoever is enrolled. */
  readonly groups: readonly string[];
  readonly schedule: Schedule;
  readonly liveness: 'off' | 'require';
  /** The oldest that the deciding frame may be, in milliseconds. */
  readonly ttlMs: number;
  readonly minMargin: number;
  readonly minFrames: number;
}

/** What is known when a decision is made; times in milliseconds since the epoch. */
export interface DoorMoment {
  readonly now: number;
  /** The similarity that this door needs. */
  readonly threshold: number;
  /** The enrolled person that the standing names; absent where nobody is named, or who was deleted. */
  readonly person?: { readonly customerId: string; readonly access?: PersonAccess };
  /** Whether the clock is believed: else nobody can tell how old the frame is, nor what the schedule says. */
  readonly isClockSure: boolean;
  /** Whether everybody who is enrolled can be found. */
  readonly isGalleryWhole: boolean;
  /** Whether pictures were repeated while the track was in view. */
  readonly wasReplayed: boolean;
  /** Whether the person was let in and has not left, or only just. */
  readonly isCoolingDown: boolean;
}

/**
 * Grants only where each condition is shown to hold: what is absent, or no number, denies. The first reason in the order of DENY_REASONS
 * is given; `expired` is also who is not valid yet, `stale` also a clock that is in doubt or went back and a camera that repeats old pictures.
 */
export function decideAtDoor(standing: TrackStanding, door: DoorRules, moment: DoorMoment): DoorVerdict {
  const { identity, liveness, quality, mayAnnounce } = standing;
  const { now, person } = moment;
  if (liveness === 'attack') return deny('liveness_failed');
  if (!quality) return deny('low_quality');
  if (identity.status === 'undecided') return deny('undecided');
  if (moment.isGalleryWhole !== true) return deny('gallery_degraded');
  if (identity.status === 'unknown') return deny('unknown');
  if (identity.status !== 'known' || !isSure(identity, door, moment.threshold)) return deny('undecided');
  if (person === undefined || person.customerId !== door.customer || standing.customer !== door.customer)
    return deny('unknown');
  if (!isFresh(standing, door, moment)) return deny('stale');
  if (mayAnnounce !== true || (door.liveness !== 'off' && liveness !== 'live'))
    return deny('liveness_not_assessed');
  const { groups = [], validFrom, validUntil, deny: isDenied = false } = person.access ?? {};
  if (isDenied !== false) return deny('denied_person');
  if (validFrom !== undefined && !isInOrder(validFrom, now)) return deny('expired');
  if (validUntil !== undefined && (now === validUntil || !isInOrder(now, validUntil))) return deny('expired');
  if (door.groups.length > 0 && !door.groups.some(group => groups.includes(group)))
    return deny('not_in_group');
  if (door.schedule(now) !== true) return deny('outside_schedule');
  if (moment.isCoolingDown !== false) return deny('cooldown');
  return { decision: 'grant' };
}

function deny(reason: Extract<DoorVerdict, { decision: 'deny' }>['reason']): DoorVerdict {
  return { decision: 'deny', reason };
}

/** A door may ask for more than "known" does. */
function isSure(
  identity: Extract<TrackStanding['identity'], { status: 'known' }>,
  { minMargin, minFrames }: DoorRules,
  threshold: number,
): boolean {
  const { similarity, margin, frames } = identity;
  return isInOrder(threshold, similarity) && isInOrder(minMargin, margin) && isInOrder(minFrames, frames);
}

function isFresh(
  { capturedAt, isReplayed }: TrackStanding,
  { ttlMs }: DoorRules,
  moment: DoorMoment,
): boolean {
  const isInTime = isInOrder(capturedAt, moment.now) && isInOrder(moment.now - capturedAt, ttlMs);
  return isInTime && isReplayed === false && moment.wasReplayed === false && moment.isClockSure === true;
}

/** Whether both are numbers and the first is not the greater; `null` and "" would else count as 0. */
function isInOrder(a: number, b: number): boolean {
  return Number.isFinite(a) && Number.isFinite(b) && a <= b;
}
