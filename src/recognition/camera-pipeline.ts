import { setTimeout as sleep } from 'node:timers/promises';
import type { RecognitionCounts } from '../domain/camera.ts';
import { FacegateError } from '../domain/errors.ts';
import type { Frame } from '../domain/image.ts';
import { createCameraRecognizer } from './camera-recognizer.ts';
import { createPace } from './pace.ts';
import type { PipelineParts } from './parts.ts';

/** How often silent cameras are looked at for tracks that have ended, milliseconds. */
const EXPIRY_INTERVAL_MS = 500;
/** Pause after the engine failed, milliseconds: it restarts its worker meanwhile. */
const RETRY_MS = 250;

/** One camera from frame to event. */
export interface CameraPipeline {
  /** Analyses `fps` frames a second, and every one that the camera gives while a face is undecided; at most one frame under way. Returns when `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  stats(): RecognitionCounts;
}

/** The pipeline of one camera; `run` is called once. */
export function createCameraPipeline(parts: PipelineParts): CameraPipeline {
  const { source, engine, log } = parts;
  const recognizer = createCameraRecognizer(parts);
  const pace = createPace(parts.camera.fps);

  const report = (error: unknown): void =>
    log.error({ err: error, camera: parts.camera.id }, 'A frame could not be analysed.');

  /** The newest frame, if its time has come. */
  const takeDue = (): Frame | undefined => {
    const frame = source.takeNewest('any');
    if (frame === undefined || pace.isDue(frame.capturedAt, recognizer.isUrgent())) return frame;
    frame.release();
    return undefined;
  };

  const analyseNext = async (signal: AbortSignal): Promise<void> => {
    await source.frameAvailable(signal, 'any');
    const found = await engine.detectNewest(takeDue);
    if (!found) return;
    try {
      await recognizer.analyse(found.frame, found.detections);
    } finally {
      found.frame.release();
    }
  };

  return {
    stats: recognizer.stats,
    async run(signal) {
      const expiry = setInterval(() => void recognizer.expire(parts.now()).catch(report), EXPIRY_INTERVAL_MS);
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
