import type { RecognitionCounts } from '../domain/camera.ts';
import type { Detection, Face } from '../domain/face.ts';
import type { Frame } from '../domain/image.ts';
import { judgeQuality } from '../domain/quality.ts';
import { type Attention, createAttention, type Glance } from './attention.ts';
import type { RecognizerParts } from './parts.ts';
import { canBeUsable, promiseOf } from './promise.ts';
import { createReplayReporter } from './replay-reporter.ts';
import { createSighting, type Sighting } from './sighting.ts';
import { createTracker, type Seen, type Track } from './tracker.ts';
import { takeTurns } from './turns.ts';

/** Faces of one camera's frames to events: tracks, evidence, identity. All time comes from the frames. */
export interface CameraRecognizer {
  analyse(frame: Frame, detections: readonly Detection[]): Promise<void>;
  /** Whether a face in the last frame could be decided sooner by more frames a second. */
  isUrgent(): boolean;
  /** Ends what was not seen since the time-out; `at` in milliseconds since the epoch. */
  expire(at: number): Promise<void>;
  endAll(): Promise<void>;
  stats(): RecognitionCounts;
}

/** A face of a frame that could be described. */
interface Subject {
  readonly seen: Seen;
  readonly sighting: Sighting;
  readonly attention: Attention;
  readonly glance: Glance;
}

/** A recognizer for one camera; it keeps no pixels. */
export function createCameraRecognizer(parts: RecognizerParts): CameraRecognizer {
  const { camera, policy, engine } = parts;
  const liveness = camera.liveness !== 'off';
  const replays = createReplayReporter(parts);
  const tracker = createTracker({ ...policy, minDetectionScore: parts.minDetectionScore });
  const subjects = new Map<number, Pick<Subject, 'sighting' | 'attention'>>();
  const stats = {
    frames: 0,
    still: 0,
    wantedFps: 0,
    givenFps: 0,
    outside: 0,
    tracks: 0,
    faces: 0,
    described: 0,
    poor: 0,
    saved: 0,
  };
  let urgent = false;

  const finish = async (tracks: readonly Track[]): Promise<void> => {
    for (const track of tracks) {
      const subject = subjects.get(track.id);
      subjects.delete(track.id);
      await subject?.sighting.end(track);
    }
  };

  const describe = async (frame: Frame, detections: readonly Detection[]): Promise<Face[]> => {
    stats.described += detections.length;
    return detections.length === 0 ? [] : engine.describe(frame, detections, { lane: 'camera', liveness });
  };

  const isEligible = (detection: Detection, frame: Frame): boolean =>
    detection.score >= parts.minDetectionScore && canBeUsable(detection, frame.full, policy.quality);

  /** The detections, those described whose owner can only be told by how they look. */
  const identified = async (
    frame: Frame,
    detections: readonly Detection[],
  ): Promise<(Detection | Face)[]> => {
    const unclear = tracker
      .contested(detections, frame.capturedAt)
      .filter(index => isEligible(detections[index], frame))
      .slice(0, policy.maxFacesPerFrame);
    const faces = await describe(
      frame,
      unclear.map(index => detections[index]),
    );
    return detections.map((detection, index) => faces[unclear.indexOf(index)] ?? detection);
  };

  const subjectsOf = (frame: Frame, seen: readonly Seen[]): Subject[] =>
    seen
      .filter(({ detection }) => isEligible(detection, frame))
      .flatMap(one => {
        // The track may have ended while the engine was at work.
        const subject = subjects.get(one.track.id);
        if (subject === undefined) return [];
        const glance = {
          at: frame.capturedAt,
          identity: subject.sighting.identity(),
          promise: promiseOf(one.detection, frame.full),
          missed: one.missed,
        };
        return [{ seen: one, ...subject, glance }];
      });

  const observe = async ({ seen, sighting, attention, glance }: Subject, face: Face, frame: Frame) => {
    const isUsable = judgeQuality(face.quality, policy.quality).length === 0;
    attention.described(glance, isUsable);
    if (!isUsable) {
      stats.poor++;
      return;
    }
    const { track } = seen;
    if (!subjects.has(track.id)) return;
    tracker.learn(track.id, face.embedding);
    if ((await sighting.observe(face, track, frame)) !== 'face_changed') return;
    // Someone else's face on this track: the old sighting ends, the face starts anew as its own track.
    tracker.end(track.id);
    await finish([track]);
  };

  return {
    async analyse(frame, detections) {
      await replays.see(frame);
      const sights = await identified(frame, detections);
      const { seen, ended } = tracker.update(sights, frame.capturedAt);
      await finish(ended);
      for (const { track } of seen.filter(({ isNew }) => isNew)) {
        subjects.set(track.id, {
          sighting: createSighting(parts, track.id, replays.isReplayed),
          attention: createAttention(),
        });
        stats.tracks++;
      }
      const all = subjectsOf(frame, seen);
      const known = all.filter(isDescribed);
      const wanting = all.filter(one => !isDescribed(one) && one.attention.reasonFor(one.glance));
      const chosen = takeTurns(wanting, policy.maxFacesPerFrame - known.length, frame.capturedAt);
      const faces = await describe(
        frame,
        chosen.map(one => one.seen.detection),
      );
      stats.frames++;
      stats.faces += all.length;
      stats.saved += all.length - known.length - chosen.length;
      for (const one of known) await observe(one, one.seen.detection as Face, frame);
      for (const [index, one] of chosen.entries()) await observe(one, faces[index], frame);
      urgent = all.some(({ sighting, attention }) => attention.isUrgent(sighting.identity()));
    },
    isUrgent: () => urgent,
    expire: at => finish(tracker.expire(at)),
    async endAll() {
      await finish(tracker.expire(Number.POSITIVE_INFINITY));
    },
    stats: () => ({ ...stats }),
  };
}

function isDescribed({ seen }: Subject): boolean {
  return seen.detection.embedding !== undefined;
}
