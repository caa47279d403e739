import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type CameraConfig, ConfigSchema } from '../../src/config/schema.ts';
import type { CameraPhase, CameraReason, CameraStatus } from '../../src/domain/camera.ts';
import type { Frame } from '../../src/domain/image.ts';
import type { Camera, CameraDependencies } from '../../src/ingest/camera.ts';
import { createCamera } from '../../src/ingest/create-camera.ts';
import { type Ffmpeg, locateFfmpeg } from '../../src/ingest/ffmpeg-locator.ts';
import { INSTANCE_VARIABLE } from '../../src/ingest/ffmpeg-process.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { type TestClipOptions, testClip } from '../support/media.ts';
import { readClip } from '../support/rtsp-camera/annex-b.ts';
import { openRtspCamera, type RtspCamera, type RtspCameraOptions } from '../support/rtsp-camera/server.ts';

const DEADLINE_MS = 60_000;
let instances = 0;

/** A running camera and what it has told so far. */
export interface WatchedCamera {
  readonly camera: Camera;
  readonly statuses: readonly CameraStatus[];
  readonly log: readonly string[];
  readonly instance: string;
  /** Waits for a whole frame and takes it. */
  frame(): Promise<Frame>;
  /** Waits until the camera has told, at status number `from` or later, that it is in this phase. */
  reached(phase: CameraPhase, reason?: CameraReason, from?: number): Promise<CameraStatus>;
  /** Resolves when `run` has. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** The configuration of a camera with the defaults of the schema, but for bursts: it delivers `fps`. */
export function cameraConfig(changes: Partial<CameraConfig> & { url: string }): CameraConfig {
  const { url } = changes;
  const [camera] = ConfigSchema.parse({ cameras: [{ id: 'door', url }] }).cameras;
  return { ...camera, burstFps: changes.fps ?? camera.fps, ...changes };
}

/** The next so many whole frames; their pictures are free again. */
export async function takeFrames(watched: WatchedCamera, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  while (frames.length < count) {
    const frame = await watched.frame();
    frame.release();
    frames.push(frame);
  }
  return frames;
}

/** The ffmpeg of this machine. */
export function installedFfmpeg(): Promise<Ffmpeg> {
  return locateFfmpeg({ searchPath: process.env.PATH ?? '' });
}

/** Starts a camera with deadlines short enough for tests, runs `body`, and stops it whatever happens. */
export async function watching(
  config: CameraConfig,
  body: (watched: WatchedCamera) => Promise<void>,
  overrides: Partial<CameraDependencies> = {},
): Promise<void> {
  const watched = await startWatching(config, overrides);
  try {
    await body(watched);
  } finally {
    await watched.stop();
  }
}

/** Serves a clip by RTSP while `body` runs. */
export async function serving(
  options: Omit<RtspCameraOptions, 'clip'> & { readonly media?: TestClipOptions },
  body: (server: RtspCamera) => Promise<void>,
): Promise<void> {
  const server = await openRtspCamera({ ...options, clip: readClip(await testClip(options.media)) });
  try {
    await body(server);
  } finally {
    await server.close();
  }
}

/** Where the build has put the program of `openCameraProcess`. */
export function cameraProgram(): URL {
  return new URL('../../dist/test/support/rtsp-camera/camera-program.js', import.meta.url);
}

/** Process ids of the ffmpeg children that carry this instance's mark. */
export function childrenOf(instance: string): number[] {
  const mark = `${INSTANCE_VARIABLE}=${instance}`;
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => procFile(pid, 'environ').split('\0').includes(mark))
    .map(Number);
}

/** The text of a file in /proc/PID, empty where the process is gone. */
export function procFile(pid: number | string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** Waits until `condition` holds; fails with `what` when it does not in time. */
export async function until(
  what: string | (() => string),
  condition: () => boolean,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never: ${typeof what === 'string' ? what : what()}`);
    await pause(10);
  }
}

async function startWatching(
  config: CameraConfig,
  overrides: Partial<CameraDependencies>,
): Promise<WatchedCamera> {
  const instance = `test-${process.pid}-${++instances}`;
  const statuses: CameraStatus[] = [];
  const log: string[] = [];
  const stopping = new AbortController();
  const camera = createCamera(config, {
    ffmpeg: await installedFfmpeg(),
    input: { width: 480, height: 360 },
    instance,
    log: createLogger({ level: 'debug', write: line => void log.push(line) }),
    onStatus: status => void statuses.push(status),
    deadlines: { firstFrameMs: 8000, stallMs: 1500, graceMs: 500 },
    supervision: { firstDelayMs: 100, random: () => 0.5 },
    ...overrides,
  });
  const ended = camera.run(stopping.signal);
  return {
    ...{ camera, statuses, log, instance, ended },
    frame: async () => {
      for (;;) {
        await camera.frameAvailable(AbortSignal.timeout(DEADLINE_MS), 'detail');
        const frame = camera.takeNewest('detail')!;
        if (frame.isWhole) return frame;
        frame.release();
      }
    },
    reached: async (phase, reason, from = 0) => {
      const found = () =>
        statuses
          .slice(from)
          .find(status => status.phase === phase && (reason === undefined || status.reason === reason));
      await until(
        () => `${phase} ${reason ?? ''}, but ${JSON.stringify(statuses)}\n${log.slice(-30).join('')}`,
        () => found() !== undefined,
      );
      return found()!;
    },
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
