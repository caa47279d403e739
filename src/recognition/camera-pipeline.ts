import { setTimeout as sleep } from 'node:timers/promises';
import type { RecognitionCounts } from '../domain/camera.ts';
import { FacegateError } from '../domain/errors.ts';
import type { Frame } from '../domain/image.ts';
import { createCameraRecognizer } from './camera-recognizer.ts';
import { createMotionGate } from './motion-gate.ts';
import { createPace } from './pace.ts';
import type { PipelineParts } from './parts.ts';
import { createRates } from './rates.ts';

/** How often silent cameras are looked at for tracks that have ended, milliseconds. */
const EXPIRY_INTERVAL_MS = 500;
/** Pause after the engine failed, milliseconds: it restarts its worker meanwhile. */
const RETRY_MS = 250;
/** A camera that gives nothing for so long, in milliseconds and in intervals of its pace, is silent; what it does not give it does not lack. */
const SILENCE_MS = 1000;
const SILENT_INTERVALS = 2;

/** One camera from frame to event. */
export interface CameraPipeline {
  /**
   * Analyses `fps` frames a second, and every one that the camera gives while a face is undecided, but for those in which nothing moved while
   * nobody was in view; at most one frame under way. Returns when `signal` aborts.
   */
  run(signal: AbortSignal): Promise<void>;
  stats(): RecognitionCounts;
}

/** What one turn took from the camera. */
interface Turn {
  /** Frames to be released. */
  readonly taken: Frame[];
  /** Resolves when what a frame told that was passed over is durable. */
  told?: Promise<void>;
}

/** The pipeline of one camera; `run` is called once. */
export function createCameraPipeline(parts: PipelineParts): CameraPipeline {
  const { camera, source, engine, log, now } = parts;
  const recognizer = createCameraRecognizer(parts);
  const pace = createPace(camera.fps);
  const gate = camera.motionGate ? createMotionGate(camera.zones) : undefined;
  const rates = createRates();
  const silence = Math.max(SILENCE_MS, (SILENT_INTERVALS * 1000) / camera.fps);

  const report = (error: unknown): void =>
    log.error({ err: error, camera: camera.id }, 'A frame could not be analysed.');

  /** The newest frame, if its time has come and there may be something in it. */
  const takeDue = (turn: Turn): Frame | undefined => {
    const frame = source.takeNewest(recognizer.wanted());
    if (frame === undefined) return undefined;
    turn.taken.push(frame);
    const at = frame.capturedAt;
    const urgent = recognizer.isUrgent();
    // Light frames come no faster than `fps`, however urgent it is.
    rates.came(at, urgent && frame.isWhole ? Math.max(camera.fps, camera.burstFps) : camera.fps);
    if (!pace.isDue(at, urgent)) return undefined;
    rates.gave();
    if (gate?.mustLook(frame, recognizer.isFollowing(at)) ?? true) return frame;
    turn.told = recognizer.passOver(frame);
    return undefined;
  };

  const awaitFrame = async (signal: AbortSignal): Promise<void> => {
    const since = now();
    await source.frameAvailable(signal, recognizer.wanted());
    if (now() - since > silence) rates.wasSilent();
  };

  const analyseNext = async (signal: AbortSignal): Promise<void> => {
    await awaitFrame(signal);
    const turn: Turn = { taken: [] };
    try {
      const found = await engine.detectNewest(() => takeDue(turn), { camera: camera.id });
      await turn.told;
      if (found === undefined) return;
      gate?.looked(found.frame.capturedAt);
      await recognizer.analyse(found.frame, found.detections);
    } finally {
      for (const frame of turn.taken) frame.release();
    }
  };

  return {
    stats: () => ({ ...recognizer.stats(), ...rates.read(now()) }),
    async run(signal) {
      const expiry = setInterval(() => void recognizer.expire(now()).catch(report), EXPIRY_INTERVAL_MS);
      try {
        while (!signal.aborted) {
          try {
            await analyseNext(signal);
          } catch (error) {
            if (signal.aborted) break;
            report(error);
            const pause = error instanceof FacegateError ? RETRY_MS : 4 * RETRY_MS;
            await sleep(pause, undefined, { signal }).catch(() => undefined);
          }
        }
      } finally {
        clearInterval(expiry);
        await recognizer.endAll();
      }
    },
  };
}
