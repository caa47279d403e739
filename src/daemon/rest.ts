import { createApp } from '../api/app.ts';
import type { ApiBackups } from '../api/backups.ts';
import type { ApiClock } from '../api/clock.ts';
import type { ApiCamera } from '../api/dependencies.ts';
import type { ApiDoors } from '../api/doors.ts';
import type { ApiHistory } from '../api/history.ts';
import type { ApiLedger } from '../api/ledger.ts';
import type { ApiMetrics } from '../api/metrics.ts';
import { openServer, type RestServer } from '../api/server.ts';
import type { ApiSnapshots } from '../api/snapshot-routes.ts';
import type { ApiDeliveries } from '../api/undelivered.ts';
import type { Config } from '../config/schema.ts';
import type { QualityLimits } from '../domain/quality.ts';
import type { Engine } from '../engine/engine.ts';
import { createGalleryAuditor } from '../gallery/audit.ts';
import { chooseFace } from '../gallery/enroller.ts';
import type { Gallery } from '../gallery/gallery.ts';
import { decide } from '../gallery/match.ts';
import type { GalleryMigration } from '../gallery/migration.ts';
import type { OperatingPointOf } from '../gallery/operating-point.ts';
import type { StillDecoder } from '../ingest/still-decoder.ts';
import type { Logger } from '../platform/logger.ts';
import { readTlsMaterial } from '../platform/tls-material.ts';
import type { Store } from '../store/store.ts';
import type { Readiness } from './health.ts';
import { openTokens } from './tokens.ts';
import { analyzeUpload } from './upload.ts';

/** The REST server over the daemon's parts. */
export async function openRest(parts: {
  config: Config;
  store: Store;
  engine: Engine;
  decoder: StillDecoder;
  gallery: Gallery;
  /** What a face must be to be enrolled. */
  quality: QualityLimits;
  migration: GalleryMigration;
  ledger: ApiLedger;
  doors: ApiDoors;
  deliveries: ApiDeliveries;
  history: ApiHistory;
  snapshots: ApiSnapshots;
  clock: ApiClock & { now(): number };
  backups: ApiBackups;
  metrics: ApiMetrics;
  readiness: () => Readiness;
  operatingPoint: OperatingPointOf;
  cameras: readonly ApiCamera[];
  log: Logger;
}): Promise<RestServer> {
  const {
    config,
    store,
    engine,
    decoder,
    gallery,
    quality,
    migration,
    ledger,
    doors,
    deliveries,
    history,
    snapshots,
    clock,
    backups,
    metrics,
    readiness,
    operatingPoint,
    cameras,
    log,
  } = parts;
  const auditor = createGalleryAuditor({ gallery, operatingPoint, minNorm: quality.minNorm });
  const app = createApp({
    gallery,
    audit: auditor.audit,
    migration,
    ledger,
    doors,
    deliveries,
    history,
    snapshots,
    clock,
    backups,
    metrics,
    exports: {
      templates: store.templates.of,
      note: ({ templates, ...act }) =>
        store.audit.record([{ ...act, act: 'person.export', details: { templates } }]),
    },
    keepImages: config.enrollment.keepImages,
    tokens: openTokens({ tokens: store.tokens, log }),
    analyze: (bytes, { mirrored }) => analyzeUpload({ engine, decoder, bytes, mirrored }),
    chooseFace: faces => chooseFace(faces, { quality }),
    decide: (match, { customerId, personId }) =>
      decide(match, {
        minSimilarity: operatingPoint(personId === undefined ? gallery.persons(customerId) : 1).similarity,
        minMargin: config.recognition.minMargin,
      }),
    cameras: () => cameras,
    readiness,
    limits: config.http,
    now: Date.now,
    log,
  });
  const { host, port, cert, key } = config.http;
  return openServer({ app, host, port, tls: await readTlsMaterial('http', { cert, key }), log });
}
