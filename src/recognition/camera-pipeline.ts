import { setTimeout as sleep } from 'node:timers/promises';
import { FacegateError } from '../domain/errors.ts';
import { createCameraRecognizer } from './camera-recognizer.ts';
import type { PipelineParts } from './parts.ts';

/** How often silent cameras are looked at for tracks that have ended, milliseconds. */
const EXPIRY_INTERVAL_MS = 500;
/** Pause after the engine failed, milliseconds: it restarts its worker meanwhile. */
const RETRY_MS = 250;

/** One camera from frame to event, at most one frame under way; returns when `signal` aborts. */
export async function runCameraPipeline(parts: PipelineParts, signal: AbortSignal): Promise<void> {
  const { source, engine, log } = parts;
  const recognizer = createCameraRecognizer(parts);
  const expiry = setInterval(() => void recognizer.expire(parts.now()).catch(report), EXPIRY_INTERVAL_MS);
  function report(error: unknown): void {
    log.error({ err: error, camera: parts.camera.id }, 'A frame could not be analysed.');
  }
  try {
    while (!signal.aborted) {
      try {
        await source.frameAvailable(signal);
        const found = await engine.detectNewest(() => source.takeNewest());
        if (!found) continue;
        try {
          await recognizer.analyse(found.frame, found.detections);
        } finally {
          found.frame.release();
        }
      } catch (error) {
        if (signal.aborted) break;
        report(error);
        await sleep(error instanceof FacegateError ? RETRY_MS : 4 * RETRY_MS, undefined, { signal }).catch(
          () => undefined,
        );
      }
    }
  } finally {
    clearInterval(expiry);
    await recognizer.endAll();
  }
}
