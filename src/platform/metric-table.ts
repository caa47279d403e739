/** How a metric is made: read anew for each answer, or written down as it happens. */
interface Declaration {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Written down as it happens; the others are read when somebody asks. */
  readonly recorded?: true;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

const MODEL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;
const WAIT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const SEARCH_SECONDS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] as const;

/**
 * Every metric of the daemon's own; the one place where one is declared. Labels are names of the configuration or words of closed sets, never
 * anything that tells of a person.
 */
export const METRICS = {
  facegate_build_info: { type: 'gauge', labels: ['version', 'node_version'], help: '1; what is running.' },
  facegate_ready: { type: 'gauge', labels: [], help: '1 where /health/ready says so, else 0.' },

  facegate_cameras: { type: 'gauge', labels: ['phase'], help: 'Cameras of all customers by phase.' },
  facegate_camera_up: { type: 'gauge', labels: ['camera'], help: '1 while the camera is live.' },
  facegate_camera_last_frame_timestamp_seconds: {
    type: 'gauge',
    labels: ['camera'],
    help: 'When its newest frame came, in seconds since the epoch.',
  },
  facegate_camera_wanted_fps: {
    type: 'gauge',
    labels: ['camera'],
    help: 'Frames a second that it should have been given over ten seconds.',
  },
  facegate_camera_given_fps: {
    type: 'gauge',
    labels: ['camera'],
    help: 'Frames a second that it was given over ten seconds.',
  },
  facegate_camera_frames_total: { type: 'counter', labels: ['camera'], help: 'Frames that arrived.' },
  facegate_camera_dropped_frames_total: {
    type: 'counter',
    labels: ['camera'],
    help: 'Frames that nobody looked at because a newer one came: many are normal.',
  },
  facegate_camera_analysed_frames_total: {
    type: 'counter',
    labels: ['camera'],
    help: 'Frames in which faces were looked for.',
  },
  facegate_camera_still_frames_total: {
    type: 'counter',
    labels: ['camera'],
    help: 'Frames left out because nothing moved.',
  },
  facegate_camera_faces_total: {
    type: 'counter',
    labels: ['camera'],
    help: 'Faces that were large and whole enough to be described.',
  },
  facegate_camera_described_faces_total: {
    type: 'counter',
    labels: ['camera'],
    help: 'Those of them that were described.',
  },
  facegate_camera_tracks_total: { type: 'counter', labels: ['camera'], help: 'Tracks that began.' },
  facegate_camera_stalls_total: {
    type: 'counter',
    labels: ['camera'],
    help: 'Times that it stopped giving frames and its decoder was killed.',
  },
  facegate_camera_restarts_total: {
    type: 'counter',
    labels: ['camera'],
    help: 'Times that its decoder was started again.',
  },

  facegate_engine_stage_seconds: {
    type: 'histogram',
    recorded: true,
    labels: ['stage'],
    buckets: MODEL_SECONDS,
    help: 'Time that one job kept a worker busy with a stage: detect, landmark, align, embed or liveness.',
  },
  facegate_detector_batch_size: {
    type: 'histogram',
    recorded: true,
    labels: [],
    buckets: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32],
    help: 'Pictures in one call of the detector; _count is the number of calls.',
  },
  facegate_embedder_batch_size: {
    type: 'histogram',
    recorded: true,
    labels: [],
    buckets: [1, 2, 3, 4, 6, 8, 12, 16, 24, 32],
    help: 'Faces in one call of the embedder; _count is the number of calls, _sum that of faces.',
  },
  facegate_engine_workers: {
    type: 'gauge',
    labels: ['state'],
    help: 'Workers: configured, alive and busy.',
  },
  facegate_engine_worker_restarts_total: {
    type: 'counter',
    labels: [],
    help: 'Lost workers that were replaced.',
  },
  facegate_engine_waiting: {
    type: 'gauge',
    labels: ['lane'],
    help: 'Jobs that wait for a worker: of cameras and of uploads.',
  },

  facegate_gallery_persons: {
    type: 'gauge',
    labels: [],
    help: "Persons in the gallery of the token's customer.",
  },
  facegate_gallery_templates: {
    type: 'gauge',
    labels: [],
    help: 'Templates that are searched, of all customers.',
  },
  facegate_gallery_unsearchable_templates: {
    type: 'gauge',
    labels: [],
    help: 'Templates of another embedder, which no search finds.',
  },
  facegate_search_seconds: {
    type: 'histogram',
    recorded: true,
    labels: [],
    buckets: SEARCH_SECONDS,
    help: 'Time of one search of the gallery, its wait included.',
  },

  facegate_events_total: {
    type: 'counter',
    recorded: true,
    labels: ['type'],
    help: 'Events that were stored, by type.',
  },
  facegate_door_decisions_total: {
    type: 'counter',
    labels: ['door', 'decision', 'reason'],
    help: 'Decisions at each door; reason is why not, or "none" for a grant.',
  },
  facegate_decision_delay_seconds: {
    type: 'histogram',
    recorded: true,
    labels: [],
    buckets: WAIT_SECONDS,
    help: 'From the arrival of the frame that decided until the decision was stored.',
  },

  facegate_mqtt_connected: {
    type: 'gauge',
    labels: [],
    help: '1 while there is a connection to the broker.',
  },
  facegate_outbox_events: { type: 'gauge', labels: [], help: 'Events that wait for the broker.' },
  facegate_outbox_in_flight: {
    type: 'gauge',
    labels: [],
    help: 'Those that were sent and are not acknowledged.',
  },
  facegate_outbox_oldest_age_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Age of the oldest event that waits; 0 where none does.',
  },
  facegate_outbox_dropped_total: {
    type: 'counter',
    labels: ['type'],
    help: 'Events dropped unsent since the store was made, by type.',
  },
  facegate_outbox_damaged: {
    type: 'gauge',
    labels: [],
    help: 'Events found damaged since the start; never sent.',
  },
  facegate_snapshots_dropped_total: {
    type: 'counter',
    labels: [],
    help: 'Face crops of events that should have been kept and were not, since the start.',
  },

  facegate_store_commit_seconds: {
    type: 'histogram',
    recorded: true,
    labels: [],
    buckets: WAIT_SECONDS,
    help: 'Time of one change of the store until it was durable.',
  },
  facegate_store_pending_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Age of the oldest change that is not durable yet; 0 where there is none.',
  },
  facegate_store_free_bytes: { type: 'gauge', labels: [], help: "Free bytes on the store's disk." },

  facegate_http_requests_total: {
    type: 'counter',
    recorded: true,
    labels: ['route', 'status'],
    help: 'Answered requests by route (its pattern) and status.',
  },
  facegate_http_request_seconds: {
    type: 'histogram',
    recorded: true,
    labels: ['route'],
    buckets: WAIT_SECONDS,
    help: 'Time until the answer began.',
  },
} as const satisfies Record<string, Declaration>;

/** Metrics that the runtime supplies and that are worth a look, with what they tell. */
export const RUNTIME_METRICS: Readonly<Record<string, string>> = {
  nodejs_eventloop_lag_p99_seconds: 'How late the main thread gets to its work.',
  process_resident_memory_bytes: 'Memory of the daemon, without its decoders.',
  process_cpu_seconds_total: 'CPU time of the daemon, without its decoders.',
  process_open_fds: 'Open files and sockets.',
};

/** All metrics as README lists them. */
export function metricRows(): { name: string; type: string; labels: readonly string[]; help: string }[] {
  const own = Object.entries<Declaration>(METRICS).map(([name, { type, labels, help }]) => ({
    name,
    type,
    labels,
    help,
  }));
  const runtime = Object.entries(RUNTIME_METRICS).map(([name, help]) => ({
    name,
    type: name.endsWith('_total') ? 'counter' : 'gauge',
    labels: [],
    help,
  }));
  return [...own, ...runtime];
}
