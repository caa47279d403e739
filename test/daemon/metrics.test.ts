import { describe, expect, it } from 'vitest';
import type { ApiCamera } from '../../src/api/dependencies.ts';
import { createMeasurements, type MeasuredParts } from '../../src/daemon/metrics.ts';
import type { CameraStatus } from '../../src/domain/camera.ts';
import type { DoorDecision, FaceEvent } from '../../src/domain/event.ts';
import type { Gallery } from '../../src/gallery/gallery.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1000).toISOString();

function camera(customer: string, id: string, more: Partial<CameraStatus> = {}): ApiCamera {
  const status = { id, phase: 'live', frames: 100, dropped: 60, restarts: 2, since: NOW, ...more } as const;
  const feed = { watch: () => () => undefined };
  return { customer, status: () => status, pictures: feed, faces: feed };
}

function decision(door: string, verdict: Partial<DoorDecision>): FaceEvent {
  const times = { captured_at: at(0.3), decided_at: at(0) };
  return { type: 'door_decision', door, decision: 'deny', ...times, ...verdict } as DoorDecision;
}

function parts(more: Partial<MeasuredParts> = {}): MeasuredParts {
  return {
    version: '1.2.3',
    config: { doors: [] },
    engine: {
      stats: () => ({
        workers: { configured: 2, alive: 1, busy: 1, restarts: 3 },
        waiting: { camera: 4, upload: 5 },
        detectorCalls: 0,
        pictures: 0,
        faces: 0,
        batchSizes: [],
        busyMs: { detect: 0, landmark: 0, align: 0, embed: 0, liveness: 0 },
      }),
    },
    gallery: {
      size: () => ({ persons: 30, templates: 70, otherModel: 6 }),
      persons: customer => (customer === 'acme' ? 10 : 20),
    },
    store: { progress: () => ({ pendingMs: 1500, sinceDurableMs: 0, free: 8e9, isFull: false }) },
    outbox: {
      read: () => [],
      dropped: () => ({ total: 0, by_type: {}, newest_seq: 0 }),
      damaged: () => 0,
    },
    snapshots: { dropped: () => 8 },
    publisher: { status: () => ({ connected: true, pending: 7, inFlight: 3 }) },
    cameras: [],
    health: { readiness: () => ({ ready: true, reasons: [] }) },
    now: () => NOW,
    ...more,
  };
}

const measure = () => createMeasurements({ now: () => NOW });

describe('what is measured of the node', () => {
  it('is told to every customer', async () => {
    const text = await measure().serve(parts()).text('acme');
    for (const line of [
      `facegate_build_info{version="1.2.3",node_version="${process.version}"} 1`,
      'facegate_ready 1',
      'facegate_cameras{phase="live"} 0',
      'facegate_engine_workers{state="alive"} 1',
      'facegate_engine_worker_restarts_total 3',
      'facegate_engine_waiting{lane="upload"} 5',
      'facegate_gallery_templates 70',
      'facegate_gallery_unsearchable_templates 6',
      'facegate_gallery_persons 10',
      'facegate_mqtt_connected 1',
      'facegate_outbox_events 7',
      'facegate_outbox_in_flight 3',
      'facegate_outbox_oldest_age_seconds 0',
      'facegate_snapshots_dropped_total 8',
      'facegate_store_pending_seconds 1.5',
      'facegate_store_free_bytes 8000000000',
    ])
      expect(text.split('\n')).toContain(line);
  });

  it('says how old the oldest event is, and what was dropped', async () => {
    const outbox = {
      read: () => [decision('main', { decided_at: at(40) })],
      dropped: () => ({ total: 5, by_type: { person_seen: 4, damaged: 1 }, newest_seq: 9 }),
      damaged: () => 2,
    };
    const text = await measure().serve(parts({ outbox })).text('acme');
    expect(text).toContain('facegate_outbox_oldest_age_seconds 40\n');
    expect(text).toContain('facegate_outbox_dropped_total{type="person_seen"} 4\n');
    expect(text).toContain('facegate_outbox_damaged 2\n');
  });

  it('counts jobs, commits and searches as they happen', async () => {
    const measurements = measure();
    measurements.jobDone({
      job: { kind: 'detect', pictures: [{}, {}, {}] as never },
      busyMs: { detect: 12 },
    });
    measurements.jobDone({
      job: { kind: 'describe', full: {} as never, detections: [{}] as never, mirrored: false },
      busyMs: { align: 1, embed: 20 },
    });
    measurements.committed(30);
    const gallery = measurements.timed({ search: async () => ({ candidates: [] }) } as unknown as Gallery);
    await gallery.search('acme', {} as never);
    const text = await measurements.serve(parts()).text('acme');
    for (const line of [
      'facegate_detector_batch_size_sum 3',
      'facegate_embedder_batch_size_sum 1',
      'facegate_engine_stage_seconds_bucket{le="0.01",stage="detect"} 0',
      'facegate_engine_stage_seconds_bucket{le="0.025",stage="detect"} 1',
      'facegate_engine_stage_seconds_count{stage="embed"} 1',
      'facegate_store_commit_seconds_sum 0.03',
      'facegate_search_seconds_count 1',
    ])
      expect(text.split('\n')).toContain(line);
  });

  it('counts answers by the pattern of their route, and all that have none as one', async () => {
    const measurements = measure();
    const api = measurements.serve(parts());
    api.answered({ route: '/miicloud/person/:id', status: 200, seconds: 0.02 });
    api.answered({ route: '/*', status: 404, seconds: 0.001 });
    const text = await api.text('acme');
    expect(text).toContain('facegate_http_requests_total{route="/miicloud/person/:id",status="200"} 1\n');
    expect(text).toContain('facegate_http_requests_total{route="none",status="404"} 1\n');
    expect(text).toContain('facegate_http_request_seconds_count{route="none"} 1\n');
  });
});

describe('what is measured of cameras and doors', () => {
  const recognition = {
    frames: 30,
    still: 10,
    wantedFps: 5,
    givenFps: 4.5,
    outside: 0,
    tracks: 2,
    faces: 9,
    described: 4,
    poor: 1,
    saved: 5,
  };
  const cameras = [
    camera('acme', 'front', { recognition, lastFrameAt: NOW - 1000 }),
    camera('acme', 'yard', { phase: 'backoff', reason: 'dns' }),
    camera('other', 'vault'),
  ];

  it('is told to their customer only; the phases are counted over all', async () => {
    const measurements = measure();
    measurements.cameraChanged({ ...cameras[0].status(), phase: 'stalled' });
    measurements.cameraChanged(cameras[0].status());
    const api = measurements.serve(parts({ cameras }));
    const text = await api.text('acme');
    for (const line of [
      'facegate_cameras{phase="live"} 2',
      'facegate_cameras{phase="backoff"} 1',
      'facegate_camera_up{camera="front"} 1',
      'facegate_camera_up{camera="yard"} 0',
      'facegate_camera_given_fps{camera="front"} 4.5',
      'facegate_camera_analysed_frames_total{camera="front"} 30',
      'facegate_camera_still_frames_total{camera="front"} 10',
      'facegate_camera_restarts_total{camera="yard"} 2',
      'facegate_camera_stalls_total{camera="front"} 1',
      'facegate_camera_stalls_total{camera="yard"} 0',
      `facegate_camera_last_frame_timestamp_seconds{camera="front"} ${NOW / 1000 - 1}`,
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toContain('vault');
    const other = await api.text('other');
    expect(other).toContain('facegate_camera_up{camera="vault"} 1\n');
    expect(other).not.toMatch(/front|yard/);
  });

  it('counts decisions by door and reason, for the customer of the door', async () => {
    const measurements = measure();
    measurements.eventStored(decision('main', { decision: 'grant' }));
    measurements.eventStored(decision('main', { reason: 'unknown' }));
    measurements.eventStored(decision('main', { reason: 'unknown' }));
    measurements.eventStored(decision('safe', { reason: 'stale' }));
    measurements.eventStored({ type: 'unknown_seen' } as FaceEvent);
    const doors = [
      { id: 'main', customer: 'acme' },
      { id: 'safe', customer: 'other' },
    ] as MeasuredParts['config']['doors'];
    const text = await measurements.serve(parts({ config: { doors } })).text('acme');
    expect(text).toContain(
      'facegate_door_decisions_total{door="main",decision="grant",reason="none"} 1\n' +
        'facegate_door_decisions_total{door="main",decision="deny",reason="unknown"} 2\n',
    );
    expect(text).not.toContain('safe');
    expect(text).toContain('facegate_events_total{type="door_decision"} 4\n');
    expect(text).toContain('facegate_events_total{type="unknown_seen"} 1\n');
    expect(text).toContain('facegate_decision_delay_seconds_bucket{le="0.25"} 0\n');
    expect(text).toContain('facegate_decision_delay_seconds_bucket{le="0.5"} 4\n');
  });
});
