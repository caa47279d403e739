import type { ApiCamera } from '../api/dependencies.ts';
import { createFeed } from '../api/feed.ts';
import type { CameraConfig, Config } from '../config/schema.ts';
import { type CameraStatus, cameraReport, type FaceReport } from '../domain/camera.ts';
import type { QualityLimits } from '../domain/quality.ts';
import type { Engine } from '../engine/engine.ts';
import { sampleFaces } from '../events/camera-faces.ts';
import type { Publisher } from '../events/publisher.ts';
import type { Gallery } from '../gallery/gallery.ts';
import type { OperatingPointOf } from '../gallery/operating-point.ts';
import { createCamera } from '../ingest/create-camera.ts';
import type { Ffmpeg } from '../ingest/ffmpeg-locator.ts';
import { createPreview } from '../ingest/preview.ts';
import type { StartTurns } from '../ingest/start-turns.ts';
import type { ClockGuard } from '../platform/clock-guard.ts';
import type { Logger } from '../platform/logger.ts';
import { type ResourceStack, startLoop } from '../platform/resources.ts';
import { createCameraPipeline } from '../recognition/camera-pipeline.ts';
import type { DoorsOfCamera } from './doors.ts';
import { inputSize } from './input-size.ts';
import type { EventSink } from './snapshots.ts';

/** One camera and its pipeline, which run until the resources are closed; what is told of it and shown. */
export function startCamera(parts: {
  camera: CameraConfig;
  config: Config;
  ffmpeg: Ffmpeg;
  turns: StartTurns;
  clock: Pick<ClockGuard, 'now'>;
  runId: string;
  engine: Engine;
  gallery: Gallery;
  operatingPoint: OperatingPointOf;
  /** What a face must be to count. */
  quality: QualityLimits;
  events: EventSink;
  /** The doors that the camera stands at. */
  doors: DoorsOfCamera | undefined;
  publisher: Publisher;
  onStatus: (status: CameraStatus) => void;
  log: Logger;
  resources: ResourceStack;
}): ApiCamera {
  const { camera, config, ffmpeg, turns, runId, engine, gallery, events, publisher, onStatus, resources } =
    parts;
  const log = parts.log.child({ part: 'camera', camera: camera.id });
  const pictures = createPreview({ log });
  const faces = createFeed<FaceReport>();
  const source = createCamera(camera, {
    ffmpeg,
    input: inputSize(config.engine.cameraInput),
    instance: `${config.node}-${runId}`,
    log: parts.log,
    onStatus: status => {
      onStatus(status);
      publisher.setState('camera_state', cameraReport(status));
    },
    onPicture: pictures.offer,
    clock: parts.clock.now,
  });
  if (camera.publishFaces)
    faces.watch(sampleFaces(camera.id, report => publisher.tell('camera_faces', report)));
  // The pipeline is opened first, so that it is closed last and takes in what the camera still gives.
  const pipeline = createCameraPipeline({
    camera,
    policy: { ...config.recognition, quality: parts.quality },
    minDetectionScore: config.engine.minDetectionScore,
    source,
    engine,
    gallery,
    operatingPoint: parts.operatingPoint,
    watchers: faces,
    ...(parts.doors && { doors: parts.doors }),
    publish: events.add,
    ...(events.cropFace && { cropFace: events.cropFace }),
    runId,
    now: Date.now,
    log,
  });
  resources.use(startLoop(signal => pipeline.run(signal)));
  resources.use(
    startLoop(async signal => {
      await turns.wait(signal);
      await source.run(signal);
    }),
  );
  return {
    customer: camera.customer,
    status: () => ({ ...source.status(), recognition: pipeline.stats() }),
    pictures,
    faces,
  };
}
