import type { CameraConfig } from '../config/schema.ts';
import type { CameraPhase, CameraReason, CameraStatus } from '../domain/camera.ts';
import { type Frame, fitScale } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';
import { type Attempt, type SupervisionOptions, supervise } from '../platform/supervise.ts';
import { runCameraSource, type SourceDeadlines, type SourceEnd } from './camera-source.ts';
import { REASON_MESSAGES } from './failure-reason.ts';
import { deliveredFps } from './ffmpeg-arguments.ts';
import type { Ffmpeg } from './ffmpeg-locator.ts';
import { createFramePool, type FrameBuffers, type FramePool, type Size } from './frame-pool.ts';
import { createNewestFrame } from './newest-frame.ts';

/** A camera that is watched for as long as `run` runs, and comes back by itself. */
export interface Camera {
  readonly id: string;
  /** Plays the camera until `signal` aborts, or the file has ended; never rejects because of the camera. */
  run(signal: AbortSignal): Promise<void>;
  status(): CameraStatus;
  /** The newest frame that nobody took yet; release it when done. */
  takeNewest(): Frame | undefined;
  /** Resolves when there is a frame to take; rejects with `signal.reason` when aborted. */
  frameAvailable(signal: AbortSignal): Promise<void>;
}

/** What a camera needs from outside; those with `?` have defaults and are there for tests. */
export interface CameraDependencies {
  readonly ffmpeg: Ffmpeg;
  /** Detector input: the size of the small picture. */
  readonly input: Size;
  /** Marks the children as this daemon's, see INSTANCE_VARIABLE. */
  readonly instance: string;
  readonly log: Logger;
  /** Told of every change of phase, size or reason. */
  readonly onStatus?: (status: CameraStatus) => void;
  readonly deadlines?: Partial<SourceDeadlines>;
  readonly supervision?: SupervisionOptions;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Milliseconds on a clock that never jumps. */
  readonly monotonic?: () => number;
}

/** Reasons that only a person can mend; trying often makes cameras lock the account. */
const CONFIGURATION_REASONS: readonly CameraReason[] = ['auth_failed', 'path_not_found'];
const SHOWN_LINES = 8;

/** A camera in phase `idle`; nothing is started before `run`. */
export function createCamera(config: CameraConfig, deps: CameraDependencies): Camera {
  const { id } = config;
  const log = deps.log.child({ part: 'ingest', camera: id });
  const clock = deps.clock ?? Date.now;
  const deadlines = { ...deadlinesOf(config), ...deps.deadlines };
  const newest = createNewestFrame();
  let phase: CameraPhase = 'idle';
  let since = clock();
  let reason: CameraReason | undefined;
  let pool: FramePool | undefined;
  let frames = 0;
  let skipped = 0;
  let attempts = 0;
  let lastFrameAt: number | undefined;

  const status = (): CameraStatus => ({
    id,
    phase,
    ...(reason === undefined ? {} : { reason, message: REASON_MESSAGES[reason] }),
    ...(pool === undefined ? {} : { width: pool.full.width, height: pool.full.height }),
    frames,
    dropped: newest.dropped + skipped,
    restarts: Math.max(0, attempts - 1),
    ...(lastFrameAt === undefined ? {} : { lastFrameAt }),
    since,
  });

  const enter = (next: CameraPhase, why: CameraReason | undefined) => {
    if (next === phase && why === reason) return;
    if (next !== phase) since = clock();
    phase = next;
    reason = why;
    deps.onStatus?.(status());
  };

  const poolFor = (full: Size): FramePool => {
    if (pool?.full.width !== full.width || pool.full.height !== full.height) {
      pool = createFramePool(deps.input, full);
    }
    return pool;
  };

  const arrived = () => {
    lastFrameAt = clock();
    frames++;
    if (phase === 'live') return;
    log.info({ width: pool?.full.width, height: pool?.full.height }, 'The camera is live');
    enter('live', undefined);
  };

  const offer = (buffers: FrameBuffers, from: FramePool) => {
    arrived();
    newest.put(leasedFrame(id, frames, lastFrameAt!, buffers, from));
  };

  const attempt = async (signal: AbortSignal): Promise<Attempt> => {
    attempts++;
    // The last reason stays visible until pictures come: it is still the best answer to "why is it dark".
    enter('starting', reason);
    const end = await runCameraSource(
      config,
      {
        ffmpeg: deps.ffmpeg,
        input: deps.input,
        instance: deps.instance,
        log,
        deadlines,
        poolFor,
        now: deps.monotonic ?? (() => performance.now()),
        onFrame: offer,
        onNoBuffers: newest.discard,
        onSkipped: () => {
          arrived();
          skipped++;
        },
        onStall: () => enter('stalled', phase === 'live' ? 'stalled_killed' : reason),
      },
      signal,
    );
    if (signal.aborted) return { healthyMs: 0, retry: 'never' };
    report(end);
    const finished = end.reason === 'end_of_file';
    enter(finished ? 'stopped' : 'backoff', end.reason);
    const late = CONFIGURATION_REASONS.includes(end.reason);
    return { healthyMs: end.liveMs, retry: finished ? 'never' : late ? 'late' : 'soon' };
  };

  const report = (end: SourceEnd) => {
    const fields = { reason: end.reason, frames, ffmpeg: end.stderr.slice(-SHOWN_LINES) };
    if (end.reason === 'end_of_file') log.info({ frames }, REASON_MESSAGES.end_of_file);
    // A camera that stays away says so once, not once a minute.
    else if (end.reason === reason && end.liveMs === 0) log.debug(fields, REASON_MESSAGES[end.reason]);
    else log.warn(fields, REASON_MESSAGES[end.reason]);
  };

  return {
    id,
    status,
    takeNewest: newest.take,
    frameAvailable: newest.available,
    run: async signal => {
      await supervise(
        attempt,
        signal,
        {
          onBackoff: delayMs => log.debug({ delayMs }, 'Waiting before the next try'),
          onError: error => {
            log.error({ err: error }, 'A try ended in an error of our own');
            enter('backoff', 'decoder_crashed');
          },
        },
        deps.supervision,
      );
      if (signal.aborted) enter('stopped', undefined);
    },
  };
}

function deadlinesOf(config: CameraConfig): SourceDeadlines {
  return { firstFrameMs: 15_000, stallMs: Math.max(3000, (5 * 1000) / deliveredFps(config)), graceMs: 2000 };
}

/** A frame whose buffers return to the pool at the first `release()`; later calls do nothing. */
function leasedFrame(
  cameraId: string,
  sequence: number,
  capturedAt: number,
  buffers: FrameBuffers,
  pool: FramePool,
): Frame {
  let released = false;
  return {
    cameraId,
    sequence,
    capturedAt,
    small: buffers.small,
    full: buffers.full,
    scale: fitScale(buffers.full, buffers.small),
    release: () => {
      if (released) return;
      released = true;
      pool.release(buffers);
    },
  };
}
