import type { Detection } from '../domain/face.ts';
import { type Box, boxHeight, boxWidth, intersectionOverUnion } from '../domain/geometry.ts';

/** One face followed through the frames of one camera. */
export interface Track {
  /** Grows by one per track of the tracker, never reused. */
  readonly id: number;
  /** Where the face was when last seen, pixels of the full picture. */
  readonly box: Box;
  /** Speed of the box's centre in pixels per second. */
  readonly velocity: { readonly x: number; readonly y: number };
  /** Milliseconds since the epoch, from the frames. */
  readonly bornAt: number;
  readonly seenAt: number;
  /** Frames in which it was seen. */
  readonly hits: number;
}

/** What one frame changed: each detection with its track, and the tracks that ended. */
export interface TrackUpdate {
  readonly seen: readonly { readonly track: Track; readonly detection: Detection; readonly isNew: boolean }[];
  readonly ended: readonly Track[];
}

/** Follows the faces of one camera: pure state, all time comes from the frames. */
export interface Tracker {
  /** Associates a frame's detections with the tracks; `at` is the frame's capturedAt and must not go back. */
  update(detections: readonly Detection[], at: number): TrackUpdate;
  /** Ends the tracks that were not seen since the time-out; for cameras that went silent. */
  expire(at: number): readonly Track[];
  /** Ends one track now, for example because its face changed. */
  end(trackId: number): void;
}

/** A pair is only considered above this overlap, or below this distance of centres (in face heights). */
const MIN_IOU = 0.2;
const MAX_CENTRE_DISTANCE = 0.6;
/** A face whose size changed more than this between frames is another face. */
const MAX_SIZE_RATIO = 2;
/** Share of the newly measured speed in the running estimate. */
const VELOCITY_GAIN = 0.5;
/** A prediction further ahead than this is not worth having, milliseconds. */
const MAX_PREDICTION_MS = 600;

/** A tracker with constant-velocity prediction and greedy association, best pair first. */
export function createTracker(options: { trackTimeoutMs: number }): Tracker {
  let nextId = 1;
  let tracks = new Map<number, Track>();

  const expire = (at: number): Track[] => {
    const ended = [...tracks.values()].filter(track => at - track.seenAt > options.trackTimeoutMs);
    for (const track of ended) tracks.delete(track.id);
    return ended;
  };

  return {
    update(detections, at) {
      const ended = expire(at);
      const taken = associate([...tracks.values()], detections, at);
      const next = new Map(tracks);
      const seen = detections.map((detection, index) => {
        const before = taken.get(index);
        const track = before ? moved(before, detection.box, at) : born(nextId++, detection.box, at);
        next.set(track.id, track);
        return { track, detection, isNew: before === undefined };
      });
      tracks = next;
      return { seen, ended };
    },
    expire,
    end: trackId => void tracks.delete(trackId),
  };
}

/** Index of a detection -> its track; each is used at most once, best pair first. */
function associate(
  tracks: readonly Track[],
  detections: readonly Detection[],
  at: number,
): Map<number, Track> {
  const pairs = tracks.flatMap(track => {
    const expected = predict(track, at);
    return detections
      .map((detection, index) => ({ track, index, affinity: affinity(expected, detection.box) }))
      .filter(pair => pair.affinity > 0);
  });
  pairs.sort((a, b) => b.affinity - a.affinity || a.track.id - b.track.id);
  const taken = new Map<number, Track>();
  const used = new Set<number>();
  for (const { track, index } of pairs) {
    if (taken.has(index) || used.has(track.id)) continue;
    taken.set(index, track);
    used.add(track.id);
  }
  return taken;
}

/** 1..2 where the boxes overlap enough, 0..1 where only the centres are near, 0 where it cannot be the same face. */
function affinity(expected: Box, found: Box): number {
  const heights = [boxHeight(expected), boxHeight(found)] as const;
  if (Math.max(...heights) > MAX_SIZE_RATIO * Math.min(...heights)) return 0;
  const overlap = intersectionOverUnion(expected, found);
  if (overlap >= MIN_IOU) return 1 + overlap;
  const [a, b] = [centre(expected), centre(found)];
  const distance = Math.hypot(a.x - b.x, a.y - b.y) / Math.max(...heights);
  return distance < MAX_CENTRE_DISTANCE ? (MAX_CENTRE_DISTANCE - distance) / MAX_CENTRE_DISTANCE : 0;
}

function predict(track: Track, at: number): Box {
  const seconds = Math.min(at - track.seenAt, MAX_PREDICTION_MS) / 1000;
  const [dx, dy] = [track.velocity.x * seconds, track.velocity.y * seconds];
  const { left, top, right, bottom } = track.box;
  return { left: left + dx, top: top + dy, right: right + dx, bottom: bottom + dy };
}

function moved(track: Track, box: Box, at: number): Track {
  const seconds = Math.max((at - track.seenAt) / 1000, 1e-3);
  const [from, to] = [centre(track.box), centre(box)];
  const blend = (old: number, now: number) => old + VELOCITY_GAIN * (now - old);
  const velocity = {
    x: blend(track.velocity.x, (to.x - from.x) / seconds),
    y: blend(track.velocity.y, (to.y - from.y) / seconds),
  };
  return { ...track, box, velocity, seenAt: at, hits: track.hits + 1 };
}

function born(id: number, box: Box, at: number): Track {
  return { id, box, velocity: { x: 0, y: 0 }, bornAt: at, seenAt: at, hits: 1 };
}

function centre(box: Box): { x: number; y: number } {
  return { x: box.left + boxWidth(box) / 2, y: box.top + boxHeight(box) / 2 };
}
