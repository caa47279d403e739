import type { CameraConfig } from '../config/schema.ts';
import type { CameraStatus } from '../domain/camera.ts';
import type { Frame, FrameWanted, Picture } from '../domain/image.ts';
import { type CameraStream, createCameraStream, type StreamDependencies } from './camera-stream.ts';
import { createNewestFrame } from './newest-frame.ts';
import { guardedPreview } from './preview-guard.ts';
import { createRepeats } from './repeats.ts';
import { createTwoStreamCamera } from './two-stream-camera.ts';
import { createWholeGate } from './whole-gate.ts';

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

/** The camera of this configuration, in phase `idle`; nothing is started before `run`. */
export function createCamera(config: CameraConfig, deps: CameraDependencies): Camera {
  const { id, detectUrl } = config;
  const log = deps.log.child({ part: 'ingest', camera: id });
  const onPicture = guardedPreview(deps.onPicture, log);
  return detectUrl === undefined
    ? createOneStreamCamera(config, { ...deps, log, onPicture })
    : createTwoStreamCamera({ ...config, detectUrl }, { ...deps, onPicture });
}

function createOneStreamCamera(
  config: CameraConfig,
  deps: CameraDependencies & Required<Pick<CameraDependencies, 'onPicture'>>,
): Camera {
  const { id } = config;
  const gate = createWholeGate();
  const newest = createNewestFrame();
  const repeats = createRepeats({
    isWholeWanted: () => gate.isOpen,
    isWaiting: () => newest.peek() !== undefined,
  });
  let sequence = 0;

  const status = (): CameraStatus => {
    const { skipped, ...own } = stream.status();
    return { id, ...own, dropped: newest.dropped + skipped };
  };

  const stream: CameraStream = createCameraStream(config, deps, {
    nextSequence: () => ++sequence,
    onPicture: deps.onPicture,
    onFrame: newest.put,
    onNoBuffers: newest.discard,
    onStatus: () => deps.onStatus?.(status()),
    // Between key pictures there would be too long a wait for the first whole one.
    ...(config.decode === 'all' && { gate, isRepeat: repeats.isRepeat }),
  });

  return {
    id,
    status,
    run: stream.run,
    takeNewest: (wanted = 'any') => {
      gate.set(wanted === 'detail');
      return newest.take();
    },
    frameAvailable: (signal, wanted = 'any') => {
      gate.set(wanted === 'detail');
      return newest.available(signal);
    },
  };
}
