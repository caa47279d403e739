import type { Embedding } from '../domain/face.ts';
import { normalize, similarity } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import { associate, associateWeak, contested, type Expected, type TrackedDetection } from './association.ts';
import { correctMotion, type Motion, predictMotion, startMotion } from './motion.ts';

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

/** A face of a frame and its track. */
export interface Seen<D extends TrackedDetection = TrackedDetection> {
  readonly track: Track;
  readonly detection: D;
  readonly isNew: boolean;
  /** Whether the detection only continues the track: too weak to be looked at more closely. */
  readonly isWeak: boolean;
  /** Frames in which the track was not found since it was seen before. */
  readonly missed: number;
}

/** What one frame changed: the detections that belong to a track, in their order, and the tracks that ended. */
export interface TrackUpdate<D extends TrackedDetection = TrackedDetection> {
  readonly seen: readonly Seen<D>[];
  readonly ended: readonly Track[];
}

/**
 * Follows the faces of one camera: pure state, all time comes from the frames, the same input gives the same output.
 * Strong detections are matched first, by where faces are expected and, where it is known, how they look; the tracks that
 * are left may go on by a weak one. Only a strong detection begins a track; a track ends when it was not seen for the time-out.
 */
export interface Tracker {
  /** Associates a frame's detections with the tracks; `at` is the frame's capturedAt and must not go back. */
  update<D extends TrackedDetection>(detections: readonly D[], at: number): TrackUpdate<D>;
  /** Indices of the detections that need an embedding before `update`, because where they are does not tell whose they are. */
  contested(detections: readonly TrackedDetection[], at: number): number[];
  /** Remembers how the face of a track looks. */
  learn(trackId: number, embedding: Embedding): void;
  /** Ends the tracks that were not seen since the time-out; for cameras that went silent. */
  expire(at: number): readonly Track[];
  /** Ends one track now, for example because its face changed. */
  end(trackId: number): void;
}

/** What a tracker depends on. */
export interface TrackerOptions {
  readonly trackTimeoutMs: number;
  /** Detection score from which a detection is strong. */
  readonly minDetectionScore: number;
}

/** Share of a newly described face in how a track looks. */
const LOOK_GAIN = 0.3;
/** A face less similar to the track's look than this is not learned: it may be someone else's. */
const SAME_FACE = 0.2;

interface Entry {
  readonly track: Track;
  readonly motion: Motion;
  /** Number of the frame in which it was last seen. */
  readonly frame: number;
  readonly look?: Float32Array;
}

/** A tracker without tracks. */
export function createTracker({ trackTimeoutMs, minDetectionScore }: TrackerOptions): Tracker {
  let nextId = 1;
  let frame = 0;
  const entries = new Map<number, Entry>();
  const isStrong = ({ score }: TrackedDetection) => score >= minDetectionScore;

  const expire = (at: number): Track[] => {
    const ended = [...entries.values()].map(({ track }) => track).filter(isOver);
    for (const { id } of ended) entries.delete(id);
    return ended;

    function isOver({ seenAt }: Track): boolean {
      return at - seenAt > trackTimeoutMs;
    }
  };

  const expectedAt = (at: number): Expected[] =>
    [...entries.values()]
      .filter(({ track }) => at - track.seenAt <= trackTimeoutMs)
      .map(({ track, motion, look }) => ({
        id: track.id,
        motion: predictMotion(motion, at),
        ...(look === undefined ? {} : { look }),
      }));

  const take = (box: Box, expected: Expected | undefined, at: number): Omit<Seen, 'detection' | 'isWeak'> => {
    if (expected === undefined) {
      const track = born(nextId++, box, at);
      entries.set(track.id, { track, motion: startMotion(box, at), frame });
      return { track, isNew: true, missed: 0 };
    }
    const before = entries.get(expected.id)!;
    const motion = correctMotion(expected.motion, box);
    const velocity = { x: motion.x.v, y: motion.y.v };
    const track = { ...before.track, box, velocity, seenAt: at, hits: before.track.hits + 1 };
    entries.set(track.id, { ...before, track, motion, frame });
    return { track, isNew: false, missed: frame - before.frame - 1 };
  };

  return {
    update<D extends TrackedDetection>(detections: readonly D[], at: number): TrackUpdate<D> {
      frame++;
      const ended = expire(at);
      const expected = expectedAt(at);
      const strong = detections.filter(isStrong);
      const weak = detections.filter(detection => !isStrong(detection));
      const first = associate(expected, strong);
      const left = expected.filter(track => !first.includes(track));
      const second = associateWeak(left, weak, strong);
      const seen = detections.flatMap((detection): Seen<D>[] => {
        const isWeak = !isStrong(detection);
        const matched = isWeak ? second[weak.indexOf(detection)] : first[strong.indexOf(detection)];
        if (isWeak && matched === undefined) return [];
        return [{ ...take(detection.box, matched, at), detection, isWeak }];
      });
      return { seen, ended };
    },
    contested(detections, at) {
      const strong = detections.filter(isStrong);
      return contested(expectedAt(at), strong).map(index => detections.indexOf(strong[index]));
    },
    learn(trackId, { vector }) {
      const entry = entries.get(trackId);
      if (entry === undefined) return;
      const { look } = entry;
      if (look !== undefined && similarity(look, vector) < SAME_FACE) return;
      const blended =
        look === undefined ? vector : look.map((old, at) => old + LOOK_GAIN * (vector[at] - old));
      entries.set(trackId, { ...entry, look: normalize(blended).unit });
    },
    expire,
    end: trackId => void entries.delete(trackId),
  };
}

function born(id: number, box: Box, at: number): Track {
  return { id, box, velocity: { x: 0, y: 0 }, bornAt: at, seenAt: at, hits: 1 };
}
