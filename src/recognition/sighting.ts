import type { TrackStanding } from '../domain/door.ts';
import {
  boundingBox,
  eventPerson,
  operatingPointReport,
  qualityReport,
  type RecognitionEvent,
} from '../domain/event.ts';
import type { Face, FaceQuality } from '../domain/face.ts';
import type { Identity, OperatingPoint } from '../domain/identity.ts';
import type { FaceCrop, Frame } from '../domain/image.ts';
import type { Person } from '../domain/person.ts';
import { createEvidence } from './evidence.ts';
import { lendCrop } from './lent-crop.ts';
import { createLivenessGate } from './liveness-gate.ts';
import type { RecognizerParts } from './parts.ts';
import type { Track } from './tracker.ts';

/** One track's way from a face to a name: gathers evidence and announces each decision once. */
export interface Sighting {
  /** Takes in a described face of the track; `face_changed` when it is somebody else's. */
  observe(face: Face, track: Track, frame: Frame): Promise<'added' | 'face_changed'>;
  /** What is known; a known person whose liveness is still being voted on is undecided. */
  identity(): Identity;
  /** As far as it may be shown: `known` only where an event may say so, and of a person who is still enrolled. */
  shown(): Identity;
  /** The id of its track in events. */
  readonly trackId: string;
  /** Takes note of a described face that is too poor to count. */
  glimpse(face: Face, frame: Frame): Promise<void>;
  /** The track ended: announces that a known person left. */
  end(track: Track): Promise<void>;
}

/** What a decision rested on; `person_left` repeats it. */
interface Basis {
  readonly point: OperatingPoint;
  readonly quality: FaceQuality;
}

/** The sighting of one track; `isReplayed` tells whether its camera repeats old pictures now. */
export function createSighting(parts: RecognizerParts, trackId: number, isReplayed: () => boolean): Sighting {
  const { camera, policy, gallery, engine } = parts;
  const operatingPoint = (): OperatingPoint => parts.operatingPoint(gallery.persons(camera.customer));
  const evidence = createEvidence(
    { ...policy, minSimilarity: () => operatingPoint().similarity },
    {
      search: probe => gallery.search(camera.customer, probe),
      isEnrolled: personId => gallery.isEnrolled(personId),
    },
  );
  const gate = createLivenessGate(camera.liveness, isReplayed);
  let announced: Identity = { status: 'undecided' };
  let basis: Basis | undefined;
  let isAttackTold = false;
  let countedAt: number | undefined;
  let standsFor: { readonly crop: FaceCrop | undefined; readonly counted: number | undefined } | undefined;
  const id = `${parts.runId}-${camera.id}-${trackId}`;

  const common = (track: Track, capturedAt: number, { point, quality }: Basis) => ({
    camera: camera.id,
    customer: camera.customer,
    track_id: id,
    captured_at: new Date(capturedAt).toISOString(),
    decided_at: new Date(parts.now()).toISOString(),
    bounding_box: boundingBox(track.box),
    threshold: point.similarity,
    operating_point: operatingPointReport(point),
    quality: qualityReport(quality),
    liveness: gate.liveness(),
    model: engine.embedderId,
  });

  /** The enrolled person a known identity names; nobody when it was deleted meanwhile. */
  const person = (of: Identity): Person | undefined =>
    of.status === 'known' ? gallery.get(of.candidate.personId) : undefined;

  /** Runs `work` with the crop of the face, which can be cut as long as it runs. */
  const withCrop = async <T>(
    { box }: Face,
    { full }: Frame,
    work: (crop?: FaceCrop) => Promise<T>,
  ): Promise<T> => {
    if (!parts.cropFace) return work();
    const lent = lendCrop(full, box, parts.cropFace);
    try {
      return await work(lent.crop);
    } finally {
      lent.end();
    }
  };

  /** The face of `countedAt`; none where its frame was forgotten because somebody was deleted who looks like it. */
  const shownCrop = (): FaceCrop | undefined => {
    evidence.identity();
    return standsFor?.counted === undefined || standsFor.counted === evidence.newest()
      ? standsFor?.crop
      : undefined;
  };

  const announce = async (track: Track, capturedAt: number, crop?: FaceCrop): Promise<void> => {
    const identity = evidence.identity();
    // Who was deleted in view was never seen here, as far as any later event can tell.
    if (announced.status === 'known' && !person(announced)) announced = { status: 'undecided' };
    const best = evidence.best();
    if (!best) return;
    const standing: Basis = { point: operatingPoint(), quality: best };
    if (gate.liveness() === 'attack' && !isAttackTold) {
      isAttackTold = true;
      const who = person(identity);
      const attack: RecognitionEvent = {
        type: 'attack_suspected',
        ...common(track, capturedAt, standing),
        ...evidence.nearest(),
        ...(who && { person: eventPerson(who) }),
      };
      await parts.publish(attack, crop);
    }
    if (identity.status === 'undecided' || sameDecision(identity, announced)) return;
    if (identity.status === 'known' && !gate.mayAnnounce()) return;
    const event = decisionEvent(identity, person(identity), common(track, capturedAt, standing));
    if (!event) return;
    announced = identity;
    basis = standing;
    await parts.publish(event, crop);
  };

  /** Tells the doors, once an event of the same face has been written. */
  const tellDoors = async ({ sequence, capturedAt }: Frame, crop?: FaceCrop): Promise<void> => {
    const quality = evidence.best();
    // What a frame does not add to is as old as it was before.
    const isCounted = evidence.newest() === sequence;
    if (isCounted || countedAt === undefined) {
      countedAt = capturedAt;
      standsFor = { crop, counted: isCounted ? sequence : undefined };
    }
    const standing: TrackStanding = {
      trackId: id,
      camera: camera.id,
      customer: camera.customer,
      capturedAt: countedAt,
      identity: evidence.identity(),
      ...evidence.nearest(),
      threshold: operatingPoint().similarity,
      liveness: gate.liveness(),
      mayAnnounce: gate.mayAnnounce(),
      isReplayed: isReplayed(),
      ...(quality && { quality }),
      model: engine.embedderId,
    };
    const isOpen = await parts.doors?.see(standing, shownCrop());
    // What is decided later may rest on this face, and its picture goes back.
    if (isOpen) shownCrop()?.();
  };

  return {
    trackId: id,
    glimpse: (face, frame) => withCrop(face, frame, crop => tellDoors(frame, crop)),
    async observe(face, track, frame) {
      const { embedding, quality } = face;
      const outcome = await evidence.add({ sequence: frame.sequence, embedding, quality });
      if (outcome === 'face_changed') return outcome;
      gate.add({ sequence: frame.sequence, live: face.liveness?.live });
      return withCrop(face, frame, async crop => {
        await announce(track, frame.capturedAt, crop);
        await tellDoors(frame, crop);
        return outcome;
      });
    },
    identity() {
      const identity = evidence.identity();
      return identity.status === 'known' && gate.isWaiting() ? { status: 'undecided' } : identity;
    },
    shown() {
      const identity = evidence.identity();
      if (identity.status !== 'known') return identity;
      return gate.mayAnnounce() && person(identity) ? identity : { status: 'undecided' };
    },
    async end(track) {
      await parts.doors?.end(id, shownCrop());
      const who = person(announced);
      if (announced.status !== 'known' || !who || !basis) return;
      await parts.publish({
        type: 'person_left',
        ...common(track, track.seenAt, basis),
        person: eventPerson(who),
        similarity: announced.similarity,
        margin: announced.margin,
        frames: announced.frames,
      });
    },
  };
}

function sameDecision(a: Identity, b: Identity): boolean {
  if (a.status === 'known' && b.status === 'known') return a.candidate.personId === b.candidate.personId;
  // Once announced as known, a track is not announced as unknown: its face did not change.
  return a.status === b.status || b.status === 'known';
}

type CommonFields = Omit<
  Extract<RecognitionEvent, { type: 'unknown_seen' }>,
  'type' | 'similarity' | 'frames'
>;

function decisionEvent(
  identity: Identity,
  who: Person | undefined,
  common: CommonFields,
): RecognitionEvent | undefined {
  if (identity.status === 'unknown')
    return { type: 'unknown_seen', ...common, similarity: identity.similarity, frames: identity.frames };
  if (identity.status !== 'known' || !who) return undefined;
  return {
    type: 'person_seen',
    ...common,
    person: eventPerson(who),
    similarity: identity.similarity,
    margin: identity.margin,
    frames: identity.frames,
  };
}
