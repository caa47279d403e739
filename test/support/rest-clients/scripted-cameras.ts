import type { ApiCamera, CameraPicture } from '../../../src/api/dependencies.ts';
import { createFeed, type FilledFeed } from '../../../src/api/feed.ts';
import type { CameraStatus, FaceReport } from '../../../src/domain/camera.ts';

/** A camera of the API whose pictures and face reports a test offers. */
export interface ScriptedCamera extends ApiCamera {
  readonly pictures: FilledFeed<CameraPicture>;
  readonly faces: FilledFeed<FaceReport>;
}

/** A camera with this status. */
export function scriptedCamera(
  customer: string,
  status: Partial<CameraStatus> & Pick<CameraStatus, 'id'>,
): ScriptedCamera {
  const whole = { phase: 'live', frames: 0, dropped: 0, restarts: 0, since: 0, ...status } as const;
  return { customer, status: () => whole, pictures: createFeed(), faces: createFeed() };
}
