import type { CameraConfig } from '../config/schema.ts';
import type { Camera, CameraDependencies } from './camera.ts';
import { createOneStreamCamera } from './one-stream-camera.ts';
import { guardedPreview } from './preview-guard.ts';
import { createTwoStreamCamera } from './two-stream-camera.ts';

/** The camera of this configuration, in phase `idle`; nothing is started before `run`. */
export function createCamera(config: CameraConfig, deps: CameraDependencies): Camera {
  const { id, detectUrl } = config;
  const log = deps.log.child({ part: 'ingest', camera: id });
  const onPicture = guardedPreview(deps.onPicture, log);
  return detectUrl === undefined
    ? createOneStreamCamera(config, { ...deps, log, onPicture })
    : createTwoStreamCamera({ ...config, detectUrl }, { ...deps, onPicture });
}
