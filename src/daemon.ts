import { createApp } from './api/app.ts';
import type { Analysis } from './api/dependencies.ts';
import { openServer } from './api/server.ts';
import { loadCatalog, selectModels } from './config/catalog.ts';
import { catalogFile, modelsDir, stateDir } from './config/paths.ts';
import type { Config } from './config/schema.ts';
import { cameraReport } from './domain/camera.ts';
import { scaleBox, scaleLandmarks } from './domain/geometry.ts';
import { type Engine, openEngine } from './engine/engine.ts';
import { embeddedPort } from './events/broker-address.ts';
import { openEmbeddedBroker } from './events/embedded-broker.ts';
import { type Outbox, openOutbox } from './events/outbox.ts';
import { openPublisher, type Publisher } from './events/publisher.ts';
import { uuidV7Source } from './events/uuid-v7.ts';
import { chooseFace } from './gallery/enroller.ts';
import { type Gallery, openGallery } from './gallery/gallery.ts';
import { decide } from './gallery/match.ts';
import { type Camera, createCamera } from './ingest/camera.ts';
import { type Ffmpeg, locateFfmpeg } from './ingest/ffmpeg-locator.ts';
import { decodeStill } from './ingest/still-image.ts';
import { acquireInstanceLock } from './platform/instance-lock.ts';
import type { Logger } from './platform/logger.ts';
import { createResourceStack, type ResourceStack, startLoop } from './platform/resources.ts';
import { runCameraPipeline } from './recognition/camera-pipeline.ts';
import { openStore, type Store } from './store/store.ts';

/** What the daemon needs from the process it runs in. */
export interface DaemonOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Called when the store failed to commit; must end the process at once. */
  readonly onFatal: (error: unknown) => void;
}

/** Most events that wait for a broker. */
const MAX_OUTBOX_ROWS = 100_000;

/** Opens every part in order, runs until `signal` aborts, closes in reverse. Throws StartupError where it cannot start. */
export async function runDaemon(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const resources = createResourceStack();
  try {
    const url = await openAll(options, resources);
    options.log.info({ url, node: options.config.node, cameras: options.config.cameras.length }, 'Ready.');
    await aborted(signal);
    options.log.info({}, 'Stopping.');
  } finally {
    await resources.closeAll();
  }
  options.log.info({}, 'Stopped.');
}

async function openAll(
  { config, env, log, onFatal }: DaemonOptions,
  resources: ResourceStack,
): Promise<string> {
  const dir = stateDir(config, env);
  resources.use(await acquireInstanceLock(dir));
  const store = resources.use(await openStore({ dir, log, onFatal }));
  const models = selectModels(await loadCatalog(catalogFile(config)), config.models);
  const engine = resources.use(
    await openEngine({
      models,
      dir: modelsDir(config, env),
      config: config.engine,
      log: log.child({ part: 'engine' }),
    }),
  );
  const gallery = await openGallery({
    store,
    embedderId: engine.embedderId,
    maxImages: config.enrollment.maxImages,
    log: log.child({ part: 'gallery' }),
  });
  const { outbox, publisher } = await openEvents({
    config,
    store,
    log: log.child({ part: 'events' }),
    resources,
  });
  const ffmpeg = await locateFfmpeg({
    searchPath: env.PATH ?? '',
    ...(env.FFMPEG_PATH ? { configured: env.FFMPEG_PATH } : {}),
  });
  const runId = Date.now().toString(36);
  const cameras = config.cameras.map(camera =>
    startCamera({ camera, config, ffmpeg, runId, engine, gallery, outbox, publisher, log, resources }),
  );
  const { url } = resources.use(
    await openRest({ config, store, engine, gallery, cameras, log: log.child({ part: 'api' }) }),
  );
  return url;
}

async function openEvents(parts: {
  config: Config;
  store: Store;
  log: Logger;
  resources: ResourceStack;
}): Promise<{
  outbox: Outbox;
  publisher: Publisher;
}> {
  const { config, store, log, resources } = parts;
  const outbox = openOutbox({
    table: store.outbox,
    node: config.node,
    ids: uuidV7Source({ now: Date.now }),
    maxRows: MAX_OUTBOX_ROWS,
    log,
  });
  const port = embeddedPort(config.mqtt.url);
  if (port !== undefined) resources.use(await openEmbeddedBroker({ port, log }));
  const publisher = resources.use(
    await openPublisher({
      config: config.mqtt,
      node: config.node,
      outbox,
      clientId: `facegate-${config.node}`,
      now: Date.now,
      log,
    }),
  );
  return { outbox, publisher };
}

/** One camera and its pipeline; both run until closed. */
function startCamera(parts: {
  camera: Config['cameras'][number];
  config: Config;
  ffmpeg: Ffmpeg;
  runId: string;
  engine: Engine;
  gallery: Gallery;
  outbox: Outbox;
  publisher: Publisher;
  log: Logger;
  resources: ResourceStack;
}): Camera {
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
  resources.use(
    startLoop(signal =>
      runCameraPipeline(
        {
          camera,
          policy: config.recognition,
          source,
          engine,
          gallery,
          publish: event => outbox.add(event),
          runId,
          now: Date.now,
          log,
        },
        signal,
      ),
    ),
  );
  resources.use(startLoop(signal => source.run(signal)));
  return source;
}

async function openRest(parts: {
  config: Config;
  store: Store;
  engine: Engine;
  gallery: Gallery;
  cameras: readonly Camera[];
  log: Logger;
}): Promise<{ url: string; close(): Promise<void> }> {
  const { config, store, engine, gallery, cameras, log } = parts;
  const app = createApp({
    gallery,
    tokens: store.tokens,
    analyze: (bytes, { mirrored }) => analyzeUpload({ engine, config, bytes, mirrored }),
    chooseFace: faces => chooseFace(faces, config.enrollment),
    decide: match => decide(match, config.recognition),
    cameras: () => cameras.map(camera => camera.status()),
    readiness: () => readiness(engine),
    limits: { maxUploadBytes: config.http.maxUploadBytes },
    now: Date.now,
    log,
  });
  return openServer({ app, host: config.http.host, port: config.http.port, log });
}

/** Ready means that faces can be recognized now; cameras and broker have states of their own. */
function readiness(engine: Engine): { ready: boolean; reasons: string[] } {
  const reasons =
    engine.stats().workers.alive > 0 ? [] : ['No engine worker is running; one is being restarted.'];
  return { ready: reasons.length === 0, reasons };
}

/** An uploaded image through the same engine as the cameras; boxes come back in pixels of the upright original. */
async function analyzeUpload(upload: {
  engine: Engine;
  config: Config;
  bytes: Uint8Array;
  mirrored: boolean;
}): Promise<Analysis> {
  const { engine, config, bytes, mirrored } = upload;
  const still = await decodeStill(bytes, {
    maxPixels: config.http.maxImagePixels,
    input: inputSize(config.engine.uploadInput),
  });
  const detections = await engine.detect(still.picture, 'upload');
  const faces = await engine.describe(still.picture, detections, { lane: 'upload', mirrored });
  return {
    format: still.format,
    faces: faces.map(face => ({
      ...face,
      box: scaleBox(face.box, still.toOriginal),
      landmarks: scaleLandmarks(face.landmarks, still.toOriginal),
    })),
  };
}

function inputSize(text: string): { width: number; height: number } {
  const [width, height] = text.split('x').map(Number);
  return { width, height };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
