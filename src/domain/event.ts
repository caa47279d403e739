import type { DenyReason, DoorVerdict } from './door.ts';
import type { FaceQuality } from './face.ts';
import type { Box } from './geometry.ts';
import type { Liveness, OperatingPoint } from './identity.ts';
import type { Person } from './person.ts';

/** Fields that every event carries. Times are ISO 8601 with milliseconds, UTC. */
export interface NodeEvent {
  /** Version of the payload. */
  readonly schema: 1;
  /** UUIDv7; drop a second delivery by it. */
  readonly event_id: string;
  /** Grows with every event of the node. */
  readonly seq: number;
  readonly node: string;
  readonly camera: string;
  readonly customer: string;
  /** When the deciding frame had arrived from the camera. */
  readonly captured_at: string;
  readonly decided_at: string;
}

/** Fields of every event about a track. */
export interface TrackEvent extends NodeEvent {
  /** Unique per node; the same in `person_seen` and the `person_left` that ends it. */
  readonly track_id: string;
  /** In pixels of the frame in which the first of the tracks then in view began: of the sub stream, where the camera has one. */
  readonly bounding_box: { left_x: number; left_y: number; right_x: number; right_y: number };
  /** Cosine similarity of the best person, -1..1, unrounded; -1 where the gallery is empty. */
  readonly similarity: number;
  /** The similarity that `known` needed. */
  readonly threshold: number;
  readonly operating_point: {
    readonly target_fpir: number;
    readonly persons: number;
    readonly fmr?: number;
    readonly comparisons: number;
    readonly supported: boolean;
  };
  /** Distinct frames that agree. */
  readonly frames: number;
  /** Measures of the best face that was used. */
  readonly quality: {
    readonly height: number;
    readonly norm: number;
    readonly yaw: number;
    readonly sharpness: number;
  };
  readonly liveness: Liveness;
  /** Embedder that made the comparison. */
  readonly model: string;
}

/** The person an event names. */
export interface EventPerson {
  readonly miicloud_person_id: string;
  readonly customer_person_id: string;
  readonly first_name?: string;
  readonly last_name?: string;
}

/** An event that rests on one face. */
export interface FaceShown {
  /** Path in the REST API of the face crop, where it is kept. */
  readonly snapshot?: string;
}

/** A track became known. */
export interface PersonSeen extends TrackEvent, FaceShown {
  readonly type: 'person_seen';
  readonly person: EventPerson;
  /** Best minus best other person. */
  readonly margin: number;
}

/** A track's face is nobody enrolled. */
export interface UnknownSeen extends TrackEvent, FaceShown {
  readonly type: 'unknown_seen';
}

/** A known track ended. */
export interface PersonLeft extends TrackEvent {
  readonly type: 'person_left';
  readonly person: EventPerson;
  readonly margin: number;
}

/** The liveness check took a track for a picture, a screen or a mask; the person it would have shown, if any. */
export interface AttackSuspected extends TrackEvent, FaceShown {
  readonly type: 'attack_suspected';
  readonly person?: EventPerson;
}

/** A camera shows the same picture, or the same stretch of pictures, bit for bit; or does no more. */
export interface CameraTamper extends NodeEvent {
  readonly type: 'camera_tamper';
  readonly kind: 'frozen' | 'looped' | 'cleared';
}

/** What one sighting came to at a door; an event, never a state. Only a signed grant before `expires_at` may open anything. */
export interface DoorDecision
  extends NodeEvent,
    FaceShown,
    Pick<TrackEvent, 'track_id' | 'similarity' | 'threshold' | 'frames' | 'liveness' | 'model'> {
  readonly type: 'door_decision';
  readonly door: string;
  readonly decision: DoorVerdict['decision'];
  /** Why not; only where it was denied. */
  readonly reason?: DenyReason;
  /** Who it was, where that is known. */
  readonly person?: EventPerson;
  readonly margin?: number;
  readonly quality?: TrackEvent['quality'];
  /** ISO 8601; after it nothing may be opened. Counted from `captured_at`, for a denial from `decided_at`. */
  readonly expires_at: string;
  /** For how long to unlock, in milliseconds: a hint. */
  readonly unlock_ms?: number;
  /** HMAC-SHA256 in hex over the canonical payload; see README. */
  readonly signature?: string;
}

/** Everything that goes through the outbox. */
export type FaceEvent = PersonSeen | UnknownSeen | PersonLeft | AttackSuspected | CameraTamper | DoorDecision;

type Unstamped<E> = E extends FaceEvent
  ? Omit<E, 'schema' | 'event_id' | 'seq' | 'node' | 'snapshot'>
  : never;

/** A face event before the node stamps `schema`, `event_id`, `seq`, `node` and `snapshot`. */
export type UnstampedEvent = Unstamped<FaceEvent>;

/** What recognition tells; doors decide on their own. */
export type RecognitionEvent = Exclude<UnstampedEvent, { type: 'door_decision' }>;

/** Where the REST API shows the face crop that is kept of an event. */
export function snapshotPath(seq: number): string {
  return `/api/v1/events/${seq}/snapshot.jpg`;
}

/** An operating point as events write it; the similarity stands in `threshold`. */
export function operatingPointReport(point: OperatingPoint): TrackEvent['operating_point'] {
  const { targetFpir, persons, fmr, comparisons, supported } = point;
  return { target_fpir: targetFpir, persons, ...(fmr === undefined ? {} : { fmr }), comparisons, supported };
}

/** The measures of a face that events carry. */
export function qualityReport({ height, norm, yaw, sharpness }: FaceQuality): TrackEvent['quality'] {
  return { height, norm, yaw, sharpness };
}

/** A box as REST and events write it: whole pixels. */
export function boundingBox(box: Box): { left_x: number; left_y: number; right_x: number; right_y: number } {
  return {
    left_x: Math.round(box.left),
    left_y: Math.round(box.top),
    right_x: Math.round(box.right),
    right_y: Math.round(box.bottom),
  };
}

/** A person as events name them. */
export function eventPerson({ id, customerPersonId, profile }: Person): EventPerson {
  const { firstName, lastName } = profile;
  return {
    miicloud_person_id: id,
    customer_person_id: customerPersonId,
    ...(firstName === undefined ? {} : { first_name: firstName }),
    ...(lastName === undefined ? {} : { last_name: lastName }),
  };
}
