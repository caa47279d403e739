import type { CameraStatus } from '../domain/camera.ts';
import type { Sample } from '../platform/metrics.ts';

/** Counts of what happened, apart for each combination of labels. */
export interface CountsByLabels<L extends string> {
  add(labels: Readonly<Record<L, string>>): void;
  /** 0 where nothing was added. */
  of(labels: Readonly<Record<L, string>>): number;
  all(): readonly { readonly labels: Readonly<Record<L, string>>; readonly count: number }[];
}

/** Counts that begin at nothing. */
export function countsByLabels<L extends string>(): CountsByLabels<L> {
  const counts = new Map<string, { readonly labels: Readonly<Record<L, string>>; count: number }>();
  const keyOf = (labels: Readonly<Record<L, string>>) => JSON.stringify(Object.entries(labels).sort());
  return {
    add: labels => {
      const key = keyOf(labels);
      const entry = counts.get(key) ?? { labels, count: 0 };
      entry.count++;
      counts.set(key, entry);
    },
    of: labels => counts.get(keyOf(labels))?.count ?? 0,
    all: () => [...counts.values()],
  };
}

/** What is measured of one camera. */
export function cameraSamples(status: CameraStatus, stalls: number): Sample[] {
  const labels = { camera: status.id };
  const { lastFrameAt, recognition } = status;
  return [
    { name: 'facegate_camera_up', labels, value: Number(status.phase === 'live') },
    { name: 'facegate_camera_frames_total', labels, value: status.frames },
    { name: 'facegate_camera_dropped_frames_total', labels, value: status.dropped },
    { name: 'facegate_camera_restarts_total', labels, value: status.restarts },
    { name: 'facegate_camera_stalls_total', labels, value: stalls },
    ...(lastFrameAt === undefined
      ? []
      : [
          {
            name: 'facegate_camera_last_frame_timestamp_seconds' as const,
            labels,
            value: lastFrameAt / 1000,
          },
        ]),
    ...(recognition === undefined
      ? []
      : ([
          { name: 'facegate_camera_wanted_fps', labels, value: recognition.wantedFps },
          { name: 'facegate_camera_given_fps', labels, value: recognition.givenFps },
          { name: 'facegate_camera_analysed_frames_total', labels, value: recognition.frames },
          { name: 'facegate_camera_still_frames_total', labels, value: recognition.still },
          { name: 'facegate_camera_faces_total', labels, value: recognition.faces },
          { name: 'facegate_camera_described_faces_total', labels, value: recognition.described },
          { name: 'facegate_camera_tracks_total', labels, value: recognition.tracks },
        ] as const)),
  ];
}
