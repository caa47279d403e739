import type { CameraConfig, RecognitionConfig } from '../config/schema.ts';
import type { FaceReport } from '../domain/camera.ts';
import type { TrackStanding } from '../domain/door.ts';
import type { RecognitionEvent } from '../domain/event.ts';
import type { Detection, Embedding, Face } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import type { OperatingPoint } from '../domain/identity.ts';
import type { FaceCrop, Frame, FrameWanted, Image } from '../domain/image.ts';
import type { Match, Person } from '../domain/person.ts';
import type { QualityLimits } from '../domain/quality.ts';
import type { Logger } from '../platform/logger.ts';

/** Where frames come from. A camera with a sub stream gives frames of two sizes of the same scene; `capturedAt` never goes back. */
export interface FrameSource {
  /** The newest frame that nobody took; with `detail` that of the main stream, where the camera has one and it is the newer. */
  takeNewest(wanted: FrameWanted): Frame | undefined;
  /** Resolves when such a frame waits; rejects with the signal's reason when aborted. */
  frameAvailable(signal: AbortSignal, wanted: FrameWanted): Promise<void>;
}

/** What runs the models. */
export interface FaceEngine {
  readonly embedderId: string;
  /** `camera` is whose turn it takes. */
  detectNewest(
    take: () => Frame | undefined,
    options: { camera: string },
  ): Promise<{ frame: Frame; detections: Detection[] } | undefined>;
  describe(
    frame: Frame,
    detections: readonly Detection[],
    options: { lane: 'camera'; liveness: boolean },
  ): Promise<Face[]>;
}

/** Who is enrolled. */
export interface PersonSearch {
  search(customerId: string, probe: Embedding): Promise<Match>;
  get(personId: string): Person | undefined;
  /** Asked for each described face. */
  isEnrolled(personId: string): boolean;
  /** Persons of the customer. */
  persons(customerId: string): number;
}

/** The settings of recognition, with limits that are numbers. */
export type RecognitionPolicy = Omit<RecognitionConfig, 'quality'> & { readonly quality: QualityLimits };

/** Told after each described face where its track stands, when a track has ended, and behind both of each frame that is no repeated picture. */
export interface DoorObserver {
  /** `crop` is the face of `capturedAt`, where faces are kept. Resolves with whether something may still be decided of the track. */
  see(standing: TrackStanding, crop?: FaceCrop): Promise<boolean>;
  end(trackId: string, crop?: FaceCrop): Promise<void>;
  looked(): Promise<void>;
}

/** What turns one camera's frames into events. */
export interface RecognizerParts {
  readonly camera: Pick<CameraConfig, 'id' | 'customer' | 'liveness' | 'zones' | 'detectUrl'>;
  readonly policy: RecognitionPolicy;
  /** Detection score from which a face may begin a track and be described; weaker ones only continue a track. */
  readonly minDetectionScore: number;
  readonly engine: FaceEngine;
  readonly gallery: PersonSearch;
  /** What "known" needs in a gallery of so many persons. */
  readonly operatingPoint: (persons: number) => OperatingPoint;
  /** Where somebody watches the camera: told of the faces of every analysed frame. */
  readonly watchers?: { isWatched(): boolean; offer(report: FaceReport): void };
  /** Where the camera stands at a door. */
  readonly doors?: DoorObserver;
  /** Resolves when the event is durable; with the face that it rests on, where faces are kept. */
  readonly publish: (event: RecognitionEvent, crop?: FaceCrop) => Promise<unknown>;
  /** Where faces of events are kept: cuts one out of a picture, which costs some milliseconds. */
  readonly cropFace?: (picture: Image, box: Box) => Image;
  /** Distinguishes the tracks of this run of the daemon from those of earlier runs. */
  readonly runId: string;
  readonly now: () => number;
  readonly log: Logger;
}

/** What one camera's pipeline needs. */
export interface PipelineParts extends RecognizerParts {
  /** `fps` is how many frames a second are analysed while nothing is undecided, `burstFps` how many the camera gives at most. */
  readonly camera: RecognizerParts['camera'] & Pick<CameraConfig, 'fps' | 'burstFps' | 'motionGate'>;
  readonly source: FrameSource;
}
