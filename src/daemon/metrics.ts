import type { ApiCamera } from '../api/dependencies.ts';
import type { ApiMetrics } from '../api/metrics.ts';
import type { Config } from '../config/schema.ts';
import { CAMERA_PHASES, type CameraStatus } from '../domain/camera.ts';
import type { FaceEvent } from '../domain/event.ts';
import type { Tally } from '../engine/dispatcher.ts';
import type { Engine } from '../engine/engine.ts';
import type { Outbox } from '../events/outbox.ts';
import type { Publisher } from '../events/publisher.ts';
import type { Snapshots } from '../events/snapshots.ts';
import type { Gallery } from '../gallery/gallery.ts';
import { createMetrics, METRICS_TYPE, type Sample } from '../platform/metrics.ts';
import type { Store } from '../store/store.ts';
import { type CountsByLabels, cameraSamples, countsByLabels } from './camera-samples.ts';
import type { Health } from './health.ts';

/** What is read when somebody asks for the metrics. */
export interface MeasuredParts {
  readonly version: string;
  readonly config: Pick<Config, 'doors'>;
  readonly engine: Pick<Engine, 'stats'>;
  readonly gallery: Pick<Gallery, 'size' | 'persons'>;
  readonly store: Pick<Store, 'progress'>;
  readonly outbox: Pick<Outbox, 'read' | 'dropped' | 'damaged'>;
  readonly snapshots: Pick<Snapshots, 'dropped'>;
  readonly publisher: Pick<Publisher, 'status'>;
  readonly cameras: readonly ApiCamera[];
  readonly health: Pick<Health, 'readiness'>;
  readonly now: () => number;
}

/** Measures the daemon: what happens is told to it, what is can be read from the parts. */
export interface Measurements {
  readonly jobDone: Tally;
  readonly committed: (ms: number) => void;
  readonly cameraChanged: (status: CameraStatus) => void;
  readonly eventStored: (event: FaceEvent) => void;
  /** The gallery, with its searches measured. */
  timed(gallery: Gallery): Gallery;
  /** The answer to whoever asks. */
  serve(parts: MeasuredParts): ApiMetrics;
}

/** Measurements of this run of the daemon. */
export function createMeasurements({ now }: { now: () => number }): Measurements {
  const metrics = createMetrics();
  const stalls = countsByLabels<'camera'>();
  const decisions = countsByLabels<'door' | 'decision' | 'reason'>();
  return {
    jobDone: ({ job, busyMs }) => {
      for (const [stage, ms] of Object.entries(busyMs))
        metrics.observe('facegate_engine_stage_seconds', { stage }, ms / 1000);
      if (job.kind === 'detect') metrics.observe('facegate_detector_batch_size', {}, job.pictures.length);
      if (job.kind === 'describe') metrics.observe('facegate_embedder_batch_size', {}, job.detections.length);
    },
    committed: ms => metrics.observe('facegate_store_commit_seconds', {}, ms / 1000),
    cameraChanged: ({ id, phase }) => {
      if (phase === 'stalled') stalls.add({ camera: id });
    },
    eventStored: event => {
      metrics.count('facegate_events_total', { type: event.type });
      if (event.type !== 'door_decision') return;
      const { door, decision, reason = 'none', captured_at: capturedAt } = event;
      decisions.add({ door, decision, reason });
      const delay = Math.max(0, now() - Date.parse(capturedAt)) / 1000;
      metrics.observe('facegate_decision_delay_seconds', {}, delay);
    },
    timed: gallery => ({
      ...gallery,
      search: async (...query) => {
        const started = performance.now();
        try {
          return await gallery.search(...query);
        } finally {
          metrics.observe('facegate_search_seconds', {}, (performance.now() - started) / 1000);
        }
      },
    }),
    serve: parts => ({
      mediaType: METRICS_TYPE,
      text: customer =>
        metrics.text([...nodeSamples(parts), ...ownSamples(parts, customer, { stalls, decisions })]),
      answered: ({ route, status, seconds }) => {
        const labels = { route: route.endsWith('/*') ? 'none' : route };
        metrics.count('facegate_http_requests_total', { ...labels, status: String(status) });
        metrics.observe('facegate_http_request_seconds', labels, seconds);
      },
    }),
  };
}

/** What is told to every customer: numbers of the node as a whole. */
function nodeSamples(parts: MeasuredParts): Sample[] {
  const { workers, waiting } = parts.engine.stats();
  const { templates, otherModel } = parts.gallery.size();
  const { connected, pending, inFlight } = parts.publisher.status();
  const { pendingMs, free } = parts.store.progress();
  const phases = parts.cameras.map(camera => camera.status().phase);
  const dropped = Object.entries(parts.outbox.dropped().by_type);
  return [
    one('facegate_build_info', 1, { version: parts.version, node_version: process.version }),
    one('facegate_ready', Number(parts.health.readiness().ready)),
    ...CAMERA_PHASES.map(phase =>
      one('facegate_cameras', phases.filter(each => each === phase).length, { phase }),
    ),
    ...(['configured', 'alive', 'busy'] as const).map(state =>
      one('facegate_engine_workers', workers[state], { state }),
    ),
    one('facegate_engine_worker_restarts_total', workers.restarts),
    ...(['camera', 'upload'] as const).map(lane => one('facegate_engine_waiting', waiting[lane], { lane })),
    one('facegate_gallery_templates', templates),
    one('facegate_gallery_unsearchable_templates', otherModel),
    one('facegate_mqtt_connected', Number(connected)),
    one('facegate_outbox_events', pending),
    one('facegate_outbox_in_flight', inFlight),
    one('facegate_outbox_oldest_age_seconds', oldestAge(parts)),
    ...dropped.map(([type, count]) => one('facegate_outbox_dropped_total', count, { type })),
    one('facegate_outbox_damaged', parts.outbox.damaged()),
    one('facegate_snapshots_dropped_total', parts.snapshots.dropped()),
    one('facegate_store_pending_seconds', pendingMs / 1000),
    one('facegate_store_free_bytes', free),
  ];
}

/** What is told to one customer only: their persons, cameras and doors. */
function ownSamples(
  { gallery, cameras, config }: MeasuredParts,
  customer: string,
  counts: { stalls: CountsByLabels<'camera'>; decisions: CountsByLabels<'door' | 'decision' | 'reason'> },
): Sample[] {
  const own = cameras.filter(camera => camera.customer === customer).map(camera => camera.status());
  const doors = new Set(config.doors.filter(door => door.customer === customer).map(({ id }) => id));
  return [
    one('facegate_gallery_persons', gallery.persons(customer)),
    ...own.flatMap(status => cameraSamples(status, counts.stalls.of({ camera: status.id }))),
    ...counts.decisions
      .all()
      .filter(({ labels }) => doors.has(labels.door))
      .map(({ labels, count }) => one('facegate_door_decisions_total', count, labels)),
  ];
}

function oldestAge({ outbox, now }: MeasuredParts): number {
  const [oldest] = outbox.read(0, 1);
  return oldest === undefined ? 0 : Math.max(0, now() - Date.parse(oldest.decided_at)) / 1000;
}

function one(name: Sample['name'], value: number, labels: Readonly<Record<string, string>> = {}): Sample {
  return { name, labels, value } as Sample;
}
