import { loadCatalog, selectModels } from '../config/catalog.ts';
import { catalogFile, modelsDir, stateDir } from '../config/paths.ts';
import type { Config } from '../config/schema.ts';
import { storeKey } from '../config/store-key.ts';
import { openEngine } from '../engine/engine.ts';
import { openGallery } from '../gallery/gallery.ts';
import { createOperatingPoint } from '../gallery/operating-point.ts';
import { locateFfmpeg } from '../ingest/ffmpeg-locator.ts';
import { sweepOrphans } from '../ingest/orphan-sweep.ts';
import { createStartTurns } from '../ingest/start-turns.ts';
import { acquireInstanceLock } from '../platform/instance-lock.ts';
import type { Logger } from '../platform/logger.ts';
import { createResourceStack, type ResourceStack, startLoop } from '../platform/resources.ts';
import { createServiceManager, type ServiceManager } from '../platform/systemd.ts';
import { openStore } from '../store/store.ts';
import { deliveriesOf, openActuators, webhookDoors } from './actuators.ts';
import { openBackups } from './backups.ts';
import { startCamera } from './camera.ts';
import { renewCertificate } from './certificate.ts';
import { openClock } from './clock.ts';
import { createDoorTrials } from './door-trial.ts';
import { createDoors, signedTable, watchDoors } from './doors.ts';
import { openEvents } from './events.ts';
import { createHealth } from './health.ts';
import { openHistory } from './history.ts';
import { qualityLimits } from './limits.ts';
import { createMeasurements } from './metrics.ts';
import { openMigration } from './migration.ts';
import { createPipelineWatch } from './pipeline-watch.ts';
import { openLedger, startRetention } from './privacy.ts';
import { openRest } from './rest.ts';
import { openSnapshots } from './snapshots.ts';
import { reportTo } from './supervision.ts';
import { openUploadDecoder } from './upload.ts';

/** What the daemon needs from the process it runs in. */
export interface DaemonOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly version: string;
  /** Called when the store failed to commit; must end the process at once. */
  readonly onFatal: (error: unknown) => void;
}

/** Opens every part in order, runs until `signal` aborts, closes in reverse. Throws StartupError where it cannot start. */
export async function runDaemon(options: DaemonOptions, signal: AbortSignal): Promise<void> {
  const resources = createResourceStack();
  const manager = createServiceManager(options);
  try {
    await manager.tell('STATUS=Opening the store and the models.');
    const { url, report } = await openAll(options, resources);
    resources.use(startLoop(until => report(manager, until)));
    options.log.info({ url, node: options.config.node, cameras: options.config.cameras.length }, 'Ready.');
    await aborted(signal);
    options.log.info({}, 'Stopping.');
    void manager.tell('STOPPING=1', 'STATUS=Finishing what is under way.');
  } finally {
    await resources.closeAll();
  }
  options.log.info({}, 'Stopped.');
}

async function openAll(
  { config, env, log, version, onFatal }: DaemonOptions,
  resources: ResourceStack,
): Promise<{ url: string; report: (manager: ServiceManager, signal: AbortSignal) => Promise<void> }> {
  const measurements = createMeasurements({ now: Date.now });
  const dir = stateDir(config, env);
  resources.use(await acquireInstanceLock(dir));
  const key = storeKey(dir, env);
  const store = resources.use(
    await openStore({
      dir,
      log,
      onFatal,
      key,
      historyRows: config.history.maxRows,
      snapshotBytes: config.history.snapshots.maxBytes,
      webhookDoors: webhookDoors(config),
      onCommit: measurements.committed,
    }),
  );
  const clock = openClock({ store, log, resources });
  const models = selectModels(await loadCatalog(catalogFile(config)), config.models, {
    liveness: config.cameras.some(({ liveness }) => liveness !== 'off'),
  });
  const engine = resources.use(
    await openEngine({
      models,
      dir: modelsDir(config, env),
      config: config.engine,
      log: log.child({ part: 'engine' }),
      onDone: measurements.jobDone,
    }),
  );
  const operatingPoint = createOperatingPoint(models.embedder.calibration, config.recognition);
  const usable = qualityLimits(config.recognition.quality, models.embedder, 'recognition');
  const enrollable = qualityLimits(config.enrollment.quality, models.embedder, 'enrollment');
  const opened = resources.use(
    await openGallery({
      store,
      embedderId: engine.embedderId,
      maxImages: config.enrollment.maxImages,
      policy: { operatingPoint, duplicates: config.enrollment.duplicates },
      requireConsent: config.privacy.requireConsent,
      log: log.child({ part: 'gallery' }),
    }),
  );
  const gallery = measurements.timed(opened);
  const privacy = { store, log: log.child({ part: 'privacy' }), resources };
  startRetention({ ...privacy, config, gallery, clock });
  const ledger = openLedger(privacy);
  const backups = resources.use(openBackups({ ...privacy, dir, key }));
  const { outbox, publisher } = await openEvents({
    config,
    store: { ...store, outbox: signedTable(store.outbox, config) },
    clock,
    log: log.child({ part: 'events' }),
    resources,
  });
  outbox.subscribe(measurements.eventStored);
  const ffmpeg = await locateFfmpeg({
    searchPath: env.PATH ?? '',
    ...(env.FFMPEG_PATH ? { configured: env.FFMPEG_PATH } : {}),
  });
  const runId = Date.now().toString(36);
  await sweepOrphans({
    node: config.node,
    runId,
    program: ffmpeg.file,
    log: log.child({ part: 'ingest' }),
  });
  const decoder = resources.use(openUploadDecoder({ config, log: log.child({ part: 'ingest' }) }));
  const migration = resources.use(
    openMigration({
      store,
      engine,
      decoder,
      gallery,
      quality: enrollable,
      log: log.child({ part: 'gallery' }),
    }),
  );
  const doors = createDoors({ config, calibration: models.embedder.calibration, gallery, migration });
  const actuators = { config, store, outbox, publisher, gallery, log: log.child({ part: 'actuators' }) };
  resources.use(await openActuators(actuators));
  const snapshots = resources.use(
    openSnapshots({ config, store, outbox, log: log.child({ part: 'events' }) }),
  );
  const doorsOf = watchDoors(doors, { gallery, events: snapshots, stays: store.stays, clock });
  const turns = createStartTurns();
  const cameras = config.cameras.map(camera =>
    startCamera({
      camera,
      config,
      ffmpeg,
      turns,
      clock,
      runId,
      engine,
      gallery,
      operatingPoint,
      quality: usable,
      events: snapshots,
      doors: doorsOf(camera.id),
      publisher,
      onStatus: measurements.cameraChanged,
      log,
      resources,
    }),
  );
  const pipelines = createPipelineWatch(
    cameras.map(({ status }, at) => ({ status, fps: config.cameras[at].fps })),
    () => performance.now(),
  );
  const health = createHealth({ engine, store, pipelines, log });
  resources.use(startLoop(signal => health.run(signal)));
  const metrics = measurements.serve({
    version,
    config,
    engine,
    gallery,
    store,
    outbox,
    snapshots,
    publisher,
    cameras,
    health,
    now: Date.now,
  });
  const rest = resources.use(
    await openRest({
      config,
      store,
      engine,
      decoder,
      gallery,
      quality: enrollable,
      migration,
      ledger,
      doors: createDoorTrials({ doors, gallery, quality: usable, clock }),
      clock,
      deliveries: deliveriesOf({ store, outbox, publisher }),
      history: openHistory({ store, outbox, log: log.child({ part: 'api' }) }),
      snapshots,
      backups,
      metrics,
      readiness: health.readiness,
      operatingPoint,
      cameras,
      log: log.child({ part: 'api' }),
    }),
  );
  const certificate = { http: config.http, server: rest, log: log.child({ part: 'api' }) };
  resources.use(startLoop(signal => renewCertificate(certificate, signal)));
  const status = () => {
    const live = cameras.filter(camera => camera.status().phase === 'live').length;
    const broker = publisher.status().connected ? 'connected' : 'away';
    return `${live} of ${cameras.length} cameras live, broker ${broker}.`;
  };
  return { url: rest.url, report: (manager, signal) => reportTo(manager, { health, status, log }, signal) };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
