import type { CameraConfig } from '../config/schema.ts';
import type { CameraReason } from '../domain/camera.ts';
import type { Picture } from '../domain/image.ts';
import { silentLogger } from '../platform/logger.ts';
import { runCameraSource } from './camera-source.ts';
import { REASON_MESSAGES } from './failure-reason.ts';
import type { Ffmpeg } from './ffmpeg-locator.ts';
import { createFramePool, leased, type Size } from './frame-pool.ts';
import { deadlinesOf } from './source-deadlines.ts';
import type { StreamFacts } from './stream-facts.ts';

/** What one look at a camera has shown. */
export interface CameraProbe {
  /** What the stream says of itself; absent where the camera was not reached. */
  readonly stream?: StreamFacts;
  /** From the start of ffmpeg to the first whole picture, in milliseconds. */
  readonly firstFrameMs?: number;
  /** Frames per second that arrived; at most about `PROBE_FPS`. Absent with fewer than two. */
  readonly fps?: number;
  /** Why no picture came, and one sentence that says what to do. */
  readonly failure?: { readonly reason: CameraReason; readonly message: string };
}

/** More frames a second than these are left out. */
export const PROBE_FPS = 30;

/**
 * Plays the camera once, for `watchMs` after its first picture, and tells what came. `onPicture` is lent each picture for the time of the
 * call. Aborting ends it early. The address reaches ffmpeg as always: on standard input.
 */
export async function probeCamera(
  camera: CameraConfig,
  options: {
    readonly ffmpeg: Ffmpeg;
    readonly input: Size;
    readonly watchMs: number;
    readonly onPicture?: (picture: Picture) => void;
  },
  signal: AbortSignal,
): Promise<CameraProbe> {
  const { ffmpeg, input, watchMs, onPicture = () => {} } = options;
  const config = { ...camera, fps: PROBE_FPS, burstFps: PROBE_FPS };
  const enough = new AbortController();
  const started = performance.now();
  const arrivals: number[] = [];
  let stream: StreamFacts | undefined;
  let timer: NodeJS.Timeout | undefined;

  const arrived = () => {
    arrivals.push(performance.now());
    timer ??= setTimeout(() => enough.abort(), watchMs);
  };
  const end = await runCameraSource(
    config,
    {
      ffmpeg,
      input,
      // No node has this name, so that the start of a daemon does not take it for an orphan of its own.
      instance: '.probe',
      log: silentLogger,
      deadlines: deadlinesOf(camera),
      now: () => performance.now(),
      poolFor: createFramePool,
      onFrame: (buffers, pool) => {
        arrived();
        const picture = leased(buffers, pool);
        try {
          onPicture(picture);
        } finally {
          picture.release();
        }
      },
      onNoBuffers: () => {},
      onSkipped: arrived,
      onStall: () => {},
      onStream: facts => {
        stream = facts;
      },
    },
    AbortSignal.any([signal, enough.signal]),
  );
  clearTimeout(timer);
  const [first] = arrivals;
  const seconds = (arrivals.at(-1)! - first!) / 1000;
  return {
    ...(stream && { stream }),
    ...(first !== undefined && { firstFrameMs: Math.round(first - started) }),
    ...(arrivals.length > 1 && { fps: Math.round(((arrivals.length - 1) / seconds) * 10) / 10 }),
    ...(first === undefined && { failure: { reason: end.reason, message: REASON_MESSAGES[end.reason] } }),
  };
}
