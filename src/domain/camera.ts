import type { Box } from './geometry.ts';
import type { Identity } from './identity.ts';

/** Where a camera can be in its life. */
export const CAMERA_PHASES = ['idle', 'starting', 'live', 'stalled', 'backoff', 'stopped'] as const;

/** Where a camera is in its life. */
export type CameraPhase = (typeof CAMERA_PHASES)[number];

/** Why a camera is not live; closed set, told to the operator with one sentence each. */
export type CameraReason =
  | 'auth_failed'
  | 'path_not_found'
  | 'transport_unsupported'
  | 'refused'
  | 'dns'
  | 'unreachable'
  | 'stalled'
  | 'no_video'
  | 'not_rtsp_or_silent'
  | 'no_device'
  | 'no_file'
  | 'ffmpeg_missing'
  | 'camera_closed'
  | 'size_changed'
  | 'end_of_file'
  | 'stalled_killed'
  | 'decoder_crashed';

/** Counts of one camera's recognition. */
export interface RecognitionCounts {
  /** Frames in which faces were looked for. */
  readonly frames: number;
  /** Frames that were due, but left out because nothing moved and nobody was followed: detector calls saved. */
  readonly still: number;
  /** Frames a second that the camera should have been given over the last ten seconds, and those it was given (looked at or still). */
  readonly wantedFps: number;
  readonly givenFps: number;
  /** Faces that were left out because of the camera's zones. */
  readonly outside: number;
  readonly tracks: number;
  /** Faces of frames that were large and whole enough to be described. */
  readonly faces: number;
  /** Those that were described, and those of them that were too poor to count. */
  readonly described: number;
  readonly poor: number;
  /** Those that were not described, because their track had no need of it: embeddings saved. */
  readonly saved: number;
}

/** The main stream of a camera whose faces are found in a sub stream. */
export interface DetailStatus {
  readonly phase: CameraPhase;
  readonly reason?: CameraReason;
  readonly message?: string;
  readonly width?: number;
  readonly height?: number;
  readonly frames: number;
  readonly restarts: number;
}

/** What can be told of a camera; holds no URL and no password. */
export interface CameraStatus {
  readonly id: string;
  readonly phase: CameraPhase;
  readonly reason?: CameraReason;
  /** One sentence for the operator. */
  readonly message?: string;
  readonly width?: number;
  readonly height?: number;
  /** Frames that arrived / were dropped unseen because a newer one came, since the daemon started. */
  readonly frames: number;
  readonly dropped: number;
  readonly restarts: number;
  /** Whether its hardware decoder could not be used and software decodes instead. */
  readonly softwareFallback?: boolean;
  readonly detail?: DetailStatus;
  /** What recognition did with its frames, since the daemon started. */
  readonly recognition?: RecognitionCounts;
  /** Milliseconds since the epoch of the newest frame and of the last change of phase. */
  readonly lastFrameAt?: number;
  readonly since: number;
}

/** A face of an analysed frame, as far as it may be shown. */
export interface ReportedFace {
  readonly trackId: string;
  /** In pixels of the report's picture. */
  readonly box: Box;
  /** What events say of the track so far: where liveness is required, `known` only once it was found live. */
  readonly identity: Identity['status'];
  /** Where the identity is known. */
  readonly customerPersonId?: string;
}

/** The faces of one analysed frame. */
export interface FaceReport {
  /** When the frame had arrived, in milliseconds since the epoch. */
  readonly capturedAt: number;
  /** Size of the picture that the boxes lie in, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly faces: readonly ReportedFace[];
}

/** A camera's status as REST and MQTT write it; times ISO 8601, UTC. */
export interface CameraReport
  extends Omit<CameraStatus, 'lastFrameAt' | 'since' | 'softwareFallback' | 'recognition'> {
  readonly last_frame_at?: string;
  readonly since: string;
  readonly software_fallback?: boolean;
  readonly recognition?: Omit<RecognitionCounts, 'wantedFps' | 'givenFps'> & {
    readonly wanted_fps: number;
    readonly given_fps: number;
  };
}

/** The status in the form that leaves the daemon. */
export function cameraReport(status: CameraStatus): CameraReport {
  const { lastFrameAt, since, softwareFallback, recognition, ...rest } = status;
  return {
    ...rest,
    ...(softwareFallback === undefined ? {} : { software_fallback: softwareFallback }),
    ...(lastFrameAt === undefined ? {} : { last_frame_at: new Date(lastFrameAt).toISOString() }),
    since: new Date(since).toISOString(),
    ...(recognition === undefined ? {} : { recognition: countsReport(recognition) }),
  };
}

function countsReport({
  wantedFps,
  givenFps,
  ...counts
}: RecognitionCounts): NonNullable<CameraReport['recognition']> {
  return { ...counts, wanted_fps: wantedFps, given_fps: givenFps };
}
