import type { Frame } from '../domain/image.ts';
import { fingerprintOf } from './frame-fingerprint.ts';
import type { RecognizerParts } from './parts.ts';
import { createTamperWatch } from './tamper.ts';

/** Tells of a camera that repeats pictures bit for bit, as `camera_tamper` events. */
export interface ReplayReporter {
  /** Takes in the camera's next frame, analysed or still; resolves when what it told is durable. */
  see(frame: Frame): Promise<void>;
  /** Whether the camera stands still or plays a loop now. */
  isReplayed(): boolean;
}

/** The reporter of one camera. */
export function createReplayReporter({ camera, publish, now }: RecognizerParts): ReplayReporter {
  const watch = createTamperWatch();
  let replayed = false;
  return {
    async see(frame) {
      const kind = watch.add({ fingerprint: fingerprintOf(frame.small), at: frame.capturedAt });
      if (kind === undefined) return;
      replayed = kind !== 'cleared';
      await publish({
        type: 'camera_tamper',
        kind,
        camera: camera.id,
        customer: camera.customer,
        captured_at: new Date(frame.capturedAt).toISOString(),
        decided_at: new Date(now()).toISOString(),
      });
    },
    isReplayed: () => replayed,
  };
}
