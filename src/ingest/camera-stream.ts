import type { CameraConfig } from '../config/schema.ts';
import type { CameraPhase, CameraReason, CameraStatus } from '../domain/camera.ts';
import type { Frame, Picture } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';
import { type Attempt, type SupervisionOptions, supervise } from '../platform/supervise.ts';
import { runCameraSource, type SourceEnd } from './camera-source.ts';
import { mayBeDecoder } from './decoder-log.ts';
import { REASON_MESSAGES } from './failure-reason.ts';
import type { Ffmpeg } from './ffmpeg-locator.ts';
import {
  createFramePool,
  type FrameBuffers,
  type FramePool,
  type Geometry,
  leased,
  type Size,
} from './frame-pool.ts';
import { deadlinesOf, type SourceDeadlines } from './source-deadlines.ts';
import type { WholeGate } from './whole-gate.ts';

/** One stream of a camera: watched for as long as `run` runs, it comes back by itself. */
export interface CameraStream {
  readonly phase: CameraPhase;
  status(): StreamStatus;
  /** Plays until `signal` aborts, or the file has ended; never rejects because of the camera. */
  run(signal: AbortSignal): Promise<void>;
}

/** What a stream tells of itself; `skipped` frames found no free buffers. */
export type StreamStatus = Omit<CameraStatus, 'id' | 'dropped' | 'detail' | 'recognition'> & {
  readonly skipped: number;
};

/** What every stream of a camera needs from outside; those with `?` have defaults and are there for tests. */
export interface StreamDependencies {
  readonly ffmpeg: Ffmpeg;
  /** Detector input: the size of the small picture. */
  readonly input: Size;
  /** Marks the children as this daemon's, see INSTANCE_VARIABLE. */
  readonly instance: string;
  readonly log: Logger;
  readonly deadlines?: Partial<SourceDeadlines>;
  readonly supervision?: SupervisionOptions;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Milliseconds on a clock that never jumps. */
  readonly monotonic?: () => number;
}

/** Where a stream's frames go. */
export interface StreamOutlet {
  /** The number of the frame that has just arrived. */
  readonly nextSequence: () => number;
  /** Shown every whole picture before its frame is given; copies what it wants. */
  readonly onPicture: (picture: Picture, capturedAt: number) => void;
  /** Owns the frame from then on. */
  readonly onFrame: (frame: Frame) => void;
  /** When whole frames are wanted; absent where they always are. */
  readonly gate?: WholeGate;
  /** Told of every frame before its picture is shown: whether it shows what another did, and is left out and not counted. */
  readonly isRepeat?: (isWhole: boolean, capturedAt: number) => boolean;
  /** All buffers are held: may release some. */
  readonly onNoBuffers: () => void;
  /** Told of every change of phase, size or reason. */
  readonly onStatus: () => void;
}

/** Reasons that only a person can mend; trying often makes cameras lock the account. */
const CONFIGURATION_REASONS: readonly CameraReason[] = ['auth_failed', 'path_not_found'];
const SHOWN_LINES = 8;

/** The stream at `config.url`, in phase `idle`; nothing is started before `run`. */
export function createCameraStream(
  config: CameraConfig,
  deps: StreamDependencies,
  outlet: StreamOutlet,
): CameraStream {
  const { log } = deps;
  const clock = deps.clock ?? Date.now;
  const deadlines = { ...deadlinesOf(config), ...deps.deadlines };
  let phase: CameraPhase = 'idle';
  let since = clock();
  let reason: CameraReason | undefined;
  let pools: Record<'whole' | 'light', FramePool> | undefined;
  let gate = deps.ffmpeg.gate ? outlet.gate : undefined;
  let frames = 0;
  let skipped = 0;
  let attempts = 0;
  let softwareFallback = false;
  /** How hardware decoding ended, while software is being tried instead. */
  let hardwareEnd: SourceEnd | undefined;
  let lastFrameAt: number | undefined;

  const status = (): StreamStatus => ({
    phase,
    ...(reason === undefined ? {} : { reason, message: REASON_MESSAGES[reason] }),
    ...(pools === undefined ? {} : pools.whole.full),
    frames,
    skipped,
    restarts: Math.max(0, attempts - 1),
    ...(softwareFallback ? { softwareFallback } : {}),
    ...(lastFrameAt === undefined ? {} : { lastFrameAt }),
    since,
  });

  const enter = (next: CameraPhase, why: CameraReason | undefined) => {
    if (next === phase && why === reason) return;
    if (next !== phase) since = clock();
    phase = next;
    reason = why;
    outlet.onStatus();
  };

  const poolFor = (geometry: Geometry, isWhole: boolean): FramePool => {
    if (pools === undefined || !isSame(pools.whole, geometry))
      pools = { whole: createFramePool(geometry, true), light: createFramePool(geometry, false) };
    return pools[isWhole ? 'whole' : 'light'];
  };

  /** The frame's stamp; undefined where it is left out. */
  const arrived = (isWhole: boolean): { sequence: number; capturedAt: number } | undefined => {
    lastFrameAt = clock();
    if (outlet.isRepeat?.(isWhole, lastFrameAt)) return undefined;
    frames++;
    const stamp = { sequence: outlet.nextSequence(), capturedAt: lastFrameAt };
    if (hardwareEnd !== undefined) keepSoftware(hardwareEnd);
    if (phase !== 'live') {
      log.info({ ...pools?.whole.full }, 'The camera is live');
      enter('live', undefined);
    }
    return stamp;
  };

  const offer = (buffers: FrameBuffers, from: FramePool) => {
    const stamp = arrived(from.isWhole);
    if (stamp === undefined) return from.release(buffers);
    const frame = { cameraId: config.id, ...stamp, ...leased(buffers, from) };
    outlet.onPicture(frame, stamp.capturedAt);
    outlet.onFrame(frame);
  };

  const play = (hwaccel: CameraConfig['hwaccel'], signal: AbortSignal): Promise<SourceEnd> => {
    attempts++;
    // The last reason stays visible until pictures come: it is still the best answer to "why is it dark".
    enter('starting', reason);
    return runCameraSource(
      { ...config, hwaccel },
      {
        ffmpeg: deps.ffmpeg,
        input: deps.input,
        instance: deps.instance,
        log,
        deadlines,
        ...(gate && { gate }),
        poolFor,
        now: deps.monotonic ?? (() => performance.now()),
        onFrame: offer,
        onNoBuffers: outlet.onNoBuffers,
        onSkipped: from => {
          if (arrived(from.isWhole)) skipped++;
        },
        onStall: () => enter('stalled', phase === 'live' ? 'stalled_killed' : reason),
        onGateStuck: () => {
          gate = undefined;
          log.warn(
            {},
            'ffmpeg was told to give whole pictures and did not, so it gives them always from now on.',
          );
        },
      },
      signal,
    );
  };

  /** Where hardware gave no picture, software is tried at once, and is kept if it does: the camera alone may have been the cause. */
  const playDecoded = async (signal: AbortSignal): Promise<SourceEnd> => {
    if (config.hwaccel.length === 0 || softwareFallback) return play([], signal);
    const end = await play(config.hwaccel, signal);
    if (signal.aborted || !mayBeDecoder(end)) return end;
    hardwareEnd = end;
    try {
      return await play([], signal);
    } finally {
      hardwareEnd = undefined;
    }
  };

  const keepSoftware = (failed: SourceEnd) => {
    softwareFallback = true;
    hardwareEnd = undefined;
    log.warn(
      { hwaccel: config.hwaccel, ffmpeg: failed.stderr.slice(-SHOWN_LINES) },
      'The hardware decoder gave no picture, so software decodes until the daemon is restarted: check "hwaccel" and its device.',
    );
  };

  const attempt = async (signal: AbortSignal): Promise<Attempt> => {
    const end = await playDecoded(signal);
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
    get phase() {
      return phase;
    },
    status,
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

function isSame(one: Geometry, other: Geometry): boolean {
  const isSize = (a: Size, b: Size) => a.width === b.width && a.height === b.height;
  return isSize(one.small, other.small) && isSize(one.full, other.full);
}
