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
import { createResourceStack, type ResourceStack } from '../platform/resources.ts';
import { openStore } from '../store/store.ts';
import { deliveriesOf, openActuators, webhookDoors } from './actuators.ts';
import { openBackups } from './backups.ts';
import { startCamera } from './camera.ts';
import { createDoorTrials } from './door-trial.ts';
import { createDoors, signedTable, watchDoors } from './doors.ts';
import { openEvents } from './events.ts';
import { openHistory } from './history.ts';
import { qualityLimits } from './limits.ts';
import { openMigration } from './migration.ts';
import { openLedger, startRetention } from './privacy.ts';
import { openRest } from './rest.ts';
import { openUploadDecoder } from './upload.ts';

/** What the daemon needs from the process it runs in. */
export interface DaemonOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Called when the store failed to commit; must end the process at once. */
  readonly onFatal: (error: unknown) => void;
}

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
  const key = storeKey(dir, env);
  const store = resources.use(
    await openStore({
      dir,
      log,
      onFatal,
      key,
      historyRows: config.history.maxRows,
      webhookDoors: webhookDoors(config),
    }),
  );
  const models = selectModels(await loadCatalog(catalogFile(config)), config.models, {
    liveness: config.cameras.some(({ liveness }) => liveness !== 'off'),
  });
  const engine = resources.use(
    await openEngine({
      models,
      dir: modelsDir(config, env),
      config: config.engine,
      log: log.child({ part: 'engine' }),
    }),
  );
  const operatingPoint = createOperatingPoint(models.embedder.calibration, config.recognition);
  const usable = qualityLimits(config.recognition.quality, models.embedder, 'recognition');
  const enrollable = qualityLimits(config.enrollment.quality, models.embedder, 'enrollment');
  const gallery = resources.use(
    await openGallery({
      store,
      embedderId: engine.embedderId,
      maxImages: config.enrollment.maxImages,
      policy: { operatingPoint, duplicates: config.enrollment.duplicates },
      requireConsent: config.privacy.requireConsent,
      log: log.child({ part: 'gallery' }),
    }),
  );
  const privacy = { store, log: log.child({ part: 'privacy' }), resources };
  startRetention({ ...privacy, config, gallery });
  const ledger = openLedger(privacy);
  const backups = resources.use(openBackups({ ...privacy, dir, key }));
  const { outbox, publisher } = await openEvents({
    config,
    store: { ...store, outbox: signedTable(store.outbox, config) },
    log: log.child({ part: 'events' }),
    resources,
  });
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
  const doorsOf = watchDoors(doors, { gallery, outbox, stays: store.stays });
  const turns = createStartTurns();
  const cameras = config.cameras.map(camera =>
    startCamera({
      camera,
      config,
      ffmpeg,
      turns,
      runId,
      engine,
      gallery,
      operatingPoint,
      quality: usable,
      outbox,
      doors: doorsOf(camera.id),
      publisher,
      log,
      resources,
    }),
  );
  const { url } = resources.use(
    await openRest({
      config,
      store,
      engine,
      decoder,
      gallery,
      quality: enrollable,
      migration,
      ledger,
      doors: createDoorTrials({ doors, gallery, quality: usable, now: Date.now }),
      deliveries: deliveriesOf({ store, outbox, publisher }),
      history: openHistory({ store, outbox, log: log.child({ part: 'api' }) }),
      backups,
      operatingPoint,
      cameras,
      log: log.child({ part: 'api' }),
    }),
  );
  return url;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
