import type { Landmarks } from '../domain/geometry.ts';

/** What one frame shows of the face of one track; time in milliseconds of the frames, the rest as in Face and FaceQuality. */
export interface ActiveSample {
  readonly at: number;
  readonly landmarks: Landmarks;
  readonly yaw: number;
  /** Absent where the landmarker does not tell the lids: such a sample is of no use for a blink. */
  readonly eyeOpenness?: number;
}

/** Sees one frame after the other; true once the task was done. */
export interface TaskWatch {
  add(sample: ActiveSample): boolean;
  /** Frames are missing: what was seen before does not count. */
  restart(): void;
}
