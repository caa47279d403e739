import type { RecognitionCounts } from '../domain/camera.ts';
import type { Detection, Face } from '../domain/face.ts';
import { boxHeight } from '../domain/geometry.ts';
import type { Frame, FrameWanted } from '../domain/image.ts';
import { judgeQuality } from '../domain/quality.ts';
import { type Attention, createAttention, type Glance } from './attention.ts';
import { createDetailWish, type DetailWish } from './detail-wish.ts';
import { faceReport } from './face-report.ts';
import type { RecognizerParts } from './parts.ts';
import { canBeUsable, promiseOf } from './promise.ts';
import { createReplayReporter } from './replay-reporter.ts';
import { createSceneScale } from './scene-scale.ts';
import { type Sight, sightOf } from './sight.ts';
import { createSighting, type Sighting } from './sighting.ts';
import { createStreamSizes } from './stream-sizes.ts';
import { createTracker, type Seen, type Track } from './tracker.ts';
import { takeTurns } from './turns.ts';
import { createWatched, fractionOf } from './zones.ts';

/** Faces of one camera's frames to events: tracks, evidence, identity. All time comes from the frames. */
export interface CameraRecognizer {
  /** Takes in the faces that were found in a frame; its boxes in pixels of the frame's `full`, those of events in pixels of the frame in which the first of the tracks in view began. */
  analyse(frame: Frame, detections: readonly Detection[]): Promise<void>;
  /** Takes in a frame in which no faces were looked for. */
  passOver(frame: Frame): Promise<void>;
  /** Whether a face in the last frame could be decided sooner by more frames a second. */
  isUrgent(): boolean;
  /** What frame is wanted next: one in more detail while there is a face to describe; with a sub stream, whose frames are whole, while one is undecided that is too small or too poor in it. */
  wanted(): FrameWanted;
  /** Whether somebody is in view at `at`, or was a moment ago: then every frame counts, however little moves. */
  isFollowing(at: number): boolean;
  /** Ends what was not seen since the time-out; `at` in milliseconds since the epoch. */
  expire(at: number): Promise<void>;
  endAll(): Promise<void>;
  stats(): AnalysisCounts;
}

/** What recognition counts of what it was given; rates are told by who gives. */
export type AnalysisCounts = Omit<RecognitionCounts, 'wantedFps' | 'givenFps'>;

/** What is kept of a track. */
interface Subject {
  readonly sighting: Sighting;
  readonly attention: Attention;
  readonly wish: DetailWish;
}

/** A face of a frame that could be described. */
interface Candidate extends Subject {
  readonly seen: Seen<Sight>;
  readonly glance: Glance;
}

/** Whose face was not found for so long may still be there, milliseconds: turned away, or bent over a lock. */
const LINGERING_MS = 3000;

/** A recognizer for one camera; it keeps no pixels. */
export function createCameraRecognizer(parts: RecognizerParts): CameraRecognizer {
  const { camera, policy, engine } = parts;
  const liveness = camera.liveness !== 'off';
  const replays = createReplayReporter(parts);
  const isWatched = createWatched(camera.zones);
  const scene = createSceneScale();
  const sizes = createStreamSizes();
  const tracker = createTracker({ ...policy, minDetectionScore: parts.minDetectionScore });
  const subjects = new Map<number, Subject>();
  const stats = { frames: 0, still: 0, outside: 0, tracks: 0, faces: 0, described: 0, poor: 0, saved: 0 };
  let urgent = false;
  let lacksPixels = false;
  let facesAt = Number.NEGATIVE_INFINITY;

  const finish = async (tracks: readonly Track[]): Promise<void> => {
    for (const track of tracks) {
      const subject = subjects.get(track.id);
      subjects.delete(track.id);
      await subject?.sighting.end(track);
    }
  };

  const describe = async (frame: Frame, sights: readonly Sight[]): Promise<Face[]> => {
    stats.described += sights.length;
    const found = sights.map(sight => sight.found);
    return found.length === 0 ? [] : engine.describe(frame, found, { lane: 'camera', liveness });
  };

  const isStrong = ({ score }: Detection): boolean => score >= parts.minDetectionScore;
  const isEligible = ({ found }: Sight, frame: Frame): boolean =>
    isStrong(found) && canBeUsable(found, frame.full, policy.quality);

  /** The detections that count, as the tracker sees them. */
  const sightsOf = ({ full }: Frame, detections: readonly Detection[]): Sight[] =>
    detections.flatMap(found => {
      if (isWatched(fractionOf(found.box, full))) return [sightOf(found, scene.place(found.box, full))];
      stats.outside += isStrong(found) ? 1 : 0;
      return [];
    });

  /** Those whose owner can only be told by how they look. */
  const contested = (frame: Frame, sights: readonly Sight[]): number[] =>
    tracker
      .contested(sights, frame.capturedAt)
      .filter(index => isEligible(sights[index], frame))
      .slice(0, policy.maxFacesPerFrame);

  /** The sights, with the contested ones described. */
  const identified = async (frame: Frame, sights: readonly Sight[], unclear: readonly number[]) => {
    const doubtful = unclear.map(index => sights[index]);
    const faces = await describe(frame, doubtful);
    return sights.map((sight, index) => {
      const face = faces[unclear.indexOf(index)];
      return face === undefined ? sight : sightOf(face, sight.box);
    });
  };

  const begin = (track: Track): void => {
    subjects.set(track.id, {
      sighting: createSighting(parts, track.id, replays.isReplayed),
      attention: createAttention(),
      wish: createDetailWish(policy.quality.minFaceHeight),
    });
    stats.tracks++;
  };

  const weighDetail = ({ full, capturedAt }: Frame, { track, detection }: Seen<Sight>): void => {
    const subject = subjects.get(track.id);
    if (camera.detectUrl === undefined || subject === undefined) return;
    const { small, large } = sizes.heights(boxHeight(detection.found.box), full.height);
    subject.wish.see({
      at: capturedAt,
      smallHeight: small,
      largeHeight: large,
      isDetail: sizes.isDetail(full.height),
      isUndecided: subject.sighting.identity().status === 'undecided',
    });
  };

  const candidatesOf = (frame: Frame, seen: readonly Seen<Sight>[]): Candidate[] =>
    seen
      .filter(({ detection }) => isEligible(detection, frame))
      .flatMap(one => {
        // The track may have ended while the engine was at work.
        const subject = subjects.get(one.track.id);
        if (subject === undefined) return [];
        const glance = {
          at: frame.capturedAt,
          identity: subject.sighting.identity(),
          missed: one.missed,
          // Reads pixels, and is of no use for a face that is not described.
          get promise() {
            return frame.isWhole ? promiseOf(one.detection.found, frame.full) : undefined;
          },
        };
        return [{ seen: one, ...subject, glance }];
      });

  const observe = async (
    { seen, sighting, attention, wish, glance }: Candidate,
    face: Face,
    frame: Frame,
  ) => {
    const isUsable = judgeQuality(face.quality, policy.quality).length === 0;
    attention.described(glance, isUsable);
    wish.described(isUsable);
    const { track } = seen;
    if (!isUsable) stats.poor++;
    if (!subjects.has(track.id)) return;
    if (!isUsable) return sighting.glimpse(face, frame);
    tracker.learn(track.id, face.embedding);
    if ((await sighting.observe(face, track, frame)) !== 'face_changed') return;
    // Someone else's face on this track: the old sighting ends, the face starts anew as its own track.
    tracker.end(track.id);
    await finish([track]);
  };

  const show = (frame: Frame, seen: readonly Seen<Sight>[]): void => {
    if (!parts.watchers?.isWatched()) return;
    const faces = seen.flatMap(({ track, detection }) => {
      const sighting = subjects.get(track.id)?.sighting;
      const box = detection.found.box;
      return sighting ? [{ trackId: sighting.trackId, box, identity: sighting.shown() }] : [];
    });
    parts.watchers.offer(faceReport(frame, faces));
  };

  const tellDoors = async (): Promise<void> => {
    if (!replays.isReplayed()) await parts.doors?.looked();
  };

  const wanted = (): FrameWanted => {
    if (camera.detectUrl === undefined) return lacksPixels ? 'detail' : 'any';
    const isWished = (one: Subject) => one.wish.isWished() && one.sighting.identity().status === 'undecided';
    return [...subjects.values()].some(isWished) ? 'detail' : 'any';
  };

  return {
    async analyse(frame, detections) {
      await replays.see(frame);
      // Nobody is in view whose coordinates would jump.
      if (subjects.size === 0) scene.refer(frame.full);
      sizes.see(frame.full.height);
      const found = sightsOf(frame, detections);
      const unclear = contested(frame, found);
      // Without pixels nobody can tell who is who: the tracks wait for the next frame, which is whole.
      lacksPixels = unclear.length > 0 && !frame.isWhole;
      if (lacksPixels) return;
      const sights = await identified(frame, found, unclear);
      const { seen, ended } = tracker.update(sights, frame.capturedAt);
      await finish(ended);
      if (seen.length > 0) facesAt = frame.capturedAt;
      for (const one of seen) {
        if (one.isNew) begin(one.track);
        weighDetail(frame, one);
      }
      const all = candidatesOf(frame, seen);
      const known = all.filter(isDescribed);
      const wanting = all.filter(one => !isDescribed(one) && one.attention.reasonFor(one.glance));
      const most = frame.isWhole ? policy.maxFacesPerFrame - known.length : 0;
      const chosen = takeTurns(wanting, most, frame.capturedAt);
      const inTurn = chosen.map(one => one.seen.detection);
      const faces = await describe(frame, inTurn);
      stats.frames++;
      stats.faces += all.length;
      stats.saved += all.length - known.length - chosen.length;
      for (const one of known) await observe(one, one.seen.detection.found as Face, frame);
      for (const [index, one] of chosen.entries()) await observe(one, faces[index], frame);
      show(frame, seen);
      await tellDoors();
      urgent = all.some(({ sighting, attention }) => attention.isUrgent(sighting.identity()));
      lacksPixels = frame.isWhole ? urgent || chosen.length < wanting.length : wanting.length > 0;
    },
    async passOver(frame) {
      stats.still++;
      await replays.see(frame);
      await tellDoors();
    },
    isUrgent: () => urgent || wanted() === 'detail',
    wanted,
    isFollowing: at => subjects.size > 0 || at - facesAt <= LINGERING_MS,
    expire: at => finish(tracker.expire(at)),
    async endAll() {
      await finish(tracker.expire(Number.POSITIVE_INFINITY));
    },
    stats: () => ({ ...stats }),
  };
}

function isDescribed({ seen }: Candidate): boolean {
  return seen.detection.embedding !== undefined;
}
