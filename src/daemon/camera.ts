import type { CameraConfig, Config } from '../config/schema.ts';
import { type CameraStatus, cameraReport } from '../domain/camera.ts';
import type { QualityLimits } from '../domain/quality.ts';
import type { Engine } from '../engine/engine.ts';
import type { Outbox } from '../events/outbox.ts';
import type { Publisher } from '../events/publisher.ts';
import type { Gallery } from '../gallery/gallery.ts';
import type { OperatingPointOf } from '../gallery/operating-point.ts';
import { createCamera } from '../ingest/camera.ts';
import type { Ffmpeg } from '../ingest/ffmpeg-locator.ts';
import type { Logger } from '../platform/logger.ts';
import { type ResourceStack, startLoop } from '../platform/resources.ts';
import { createCameraPipeline } from '../recognition/camera-pipeline.ts';
import { inputSize } from './input-size.ts';

/** A camera that runs until the resources are closed. */
export interface RunningCamera {
  status(): CameraStatus;
}

/** One camera and its pipeline; both run until closed. */
export function startCamera(parts: {
  camera: CameraConfig;
  config: Config;
  ffmpeg: Ffmpeg;
  runId: string;
  engine: Engine;
  gallery: Gallery;
  operatingPoint: OperatingPointOf;
  /** What a face must be to count. */
  quality: QualityLimits;
  outbox: Outbox;
  publisher: Publisher;
  log: Logger;
  resources: ResourceStack;
}): RunningCamera {
  const { camera, config, ffmpeg, runId, engine, gallery, outbox, publisher, resources } = parts;
  const log = parts.log.child({ part: 'camera', camera: camera.id });
  const source = createCamera(camera, {
    ffmpeg,
    input: inputSize(config.engine.cameraInput),
    instance: `${config.node}-${runId}`,
    log: parts.log,
    onStatus: status => publisher.setState('camera_state', cameraReport(status)),
  });
  // The pipeline is opened first, so that it is closed last and takes in what the camera still gives.
  const pipeline = createCameraPipeline({
    camera,
    policy: { ...config.recognition, quality: parts.quality },
    minDetectionScore: config.engine.minDetectionScore,
    source,
    engine,
    gallery,
    operatingPoint: parts.operatingPoint,
    publish: event => outbox.add(event),
    runId,
    now: Date.now,
    log,
  });
  resources.use(startLoop(signal => pipeline.run(signal)));
  resources.use(startLoop(signal => source.run(signal)));
  return { status: () => ({ ...source.status(), recognition: pipeline.stats() }) };
}
