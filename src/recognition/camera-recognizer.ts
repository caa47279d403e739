import type { Detection } from '../domain/face.ts';
import { boxHeight } from '../domain/geometry.ts';
import type { Frame } from '../domain/image.ts';
import { judgeQuality } from '../domain/quality.ts';
import { needsDescription } from './attention.ts';
import type { RecognizerParts } from './parts.ts';
import { createSighting, type Sighting } from './sighting.ts';
import { createTracker, type Track } from './tracker.ts';

/** Faces of one camera's frames to events: tracks, evidence, identity. All time comes from the frames. */
export interface CameraRecognizer {
  analyse(frame: Frame, detections: readonly Detection[]): Promise<void>;
  /** Ends what was not seen since the time-out; `at` in milliseconds since the epoch. */
  expire(at: number): Promise<void>;
  endAll(): Promise<void>;
}

/** A recognizer for one camera; it keeps no pixels. */
export function createCameraRecognizer(parts: RecognizerParts): CameraRecognizer {
  const { policy, engine } = parts;
  const tracker = createTracker(policy);
  const sightings = new Map<number, Sighting>();

  const finish = async (tracks: readonly Track[]): Promise<void> => {
    for (const track of tracks) {
      const sighting = sightings.get(track.id);
      sightings.delete(track.id);
      await sighting?.end(track);
    }
  };

  return {
    async analyse(frame, detections) {
      const { seen, ended } = tracker.update(detections, frame.capturedAt);
      await finish(ended);
      for (const { track, isNew } of seen)
        if (isNew) sightings.set(track.id, createSighting(parts, track.id));

      const wanted = seen.filter(({ track, detection }) => {
        const sighting = sightings.get(track.id)!;
        return (
          boxHeight(detection.box) >= policy.quality.minFaceHeight &&
          needsDescription(sighting.identity(), sighting.describedAt(), frame.capturedAt)
        );
      });
      if (wanted.length === 0) return;
      const faces = await engine.describe(
        frame,
        wanted.map(({ detection }) => detection),
        { lane: 'camera' },
      );
      for (const [index, { track }] of wanted.entries()) {
        const face = faces[index];
        if (judgeQuality(face.quality, policy.quality).length > 0) continue;
        // The track may have ended while the engine was at work.
        const outcome = await sightings.get(track.id)?.observe(face, track, frame);
        if (outcome !== 'face_changed') continue;
        // Someone else's face on this track: the old sighting ends, the face starts anew as its own track.
        tracker.end(track.id);
        await finish([track]);
      }
    },
    expire: at => finish(tracker.expire(at)),
    async endAll() {
      await finish(tracker.expire(Number.POSITIVE_INFINITY));
    },
  };
}
