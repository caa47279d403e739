import type { CameraStatus } from '../domain/camera.ts';
import type { Frame, FrameWanted, Picture } from '../domain/image.ts';
import type { StreamDependencies } from './camera-stream.ts';

/** A camera that is watched for as long as `run` runs, and comes back by itself. */
export interface Camera {
  readonly id: string;
  /** Plays the camera until `signal` aborts, or the file has ended; never rejects because of the camera. */
  run(signal: AbortSignal): Promise<void>;
  status(): CameraStatus;
  /**
   * The newest frame that nobody took yet, `any` if not told otherwise; release it when done. `detail` asks for frames that are whole, or
   * of the main stream where there is a sub stream; they come a moment later, and until then any frame is given.
   */
  takeNewest(wanted?: FrameWanted): Frame | undefined;
  /** Resolves when there is a frame to take; rejects with `signal.reason` when aborted. */
  frameAvailable(signal: AbortSignal, wanted?: FrameWanted): Promise<void>;
}

/** What a camera needs from outside; those with `?` have defaults. */
export interface CameraDependencies extends StreamDependencies {
  /** Told of every change of phase, size or reason. */
  readonly onStatus?: (status: CameraStatus) => void;
  /**
   * Shown every whole picture in which faces may be looked for, before it is offered (those of the sub stream, where there
   * is one that plays). Its pixels are only lent for the time of the call. What it throws is logged, the camera goes on.
   */
  readonly onPicture?: (picture: Picture, capturedAt: number) => void;
}
