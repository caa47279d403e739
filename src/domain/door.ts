import type { FaceQuality } from './face.ts';
import type { Identity, Liveness } from './identity.ts';

/** Why a door stays shut; closed set, in the order in which they are looked for. */
export const DENY_REASONS = [
  'liveness_failed',
  'low_quality',
  'undecided',
  'gallery_degraded',
  'unknown',
  'stale',
  'liveness_not_assessed',
  'denied_person',
  'expired',
  'not_in_group',
  'outside_schedule',
  'cooldown',
] as const;

/** One of the reasons for which a door stays shut. */
export type DenyReason = (typeof DENY_REASONS)[number];

/** What is decided of one sighting at one door. */
export type DoorVerdict =
  | { readonly decision: 'grant' }
  | { readonly decision: 'deny'; readonly reason: DenyReason };

/** Where the sighting of one track stands after one of its faces. */
export interface TrackStanding {
  readonly trackId: string;
  readonly camera: string;
  readonly customer: string;
  /** When the frame of that face had arrived, in milliseconds since the epoch. */
  readonly capturedAt: number;
  readonly identity: Identity;
  /** Similarity of all its faces together to the nearest person, -1 without any, and the frames behind it. */
  readonly similarity: number;
  readonly frames: number;
  /** The similarity that `known` needed. */
  readonly threshold: number;
  readonly liveness: Liveness;
  /** Whether events may name a known person now: not while the camera still waits for, or lacks, liveness. */
  readonly mayAnnounce: boolean;
  /** Whether the camera repeats old pictures now. */
  readonly isReplayed: boolean;
  /** Measures of the best face; absent while none was good enough. */
  readonly quality?: FaceQuality;
  /** Embedder that made the comparison. */
  readonly model: string;
}
