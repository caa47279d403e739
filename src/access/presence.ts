/** Who was let in at a door and has not left yet, or only just. */
export interface Presence {
  /** A track came into view. */
  began(trackId: string): void;
  /** Whether the person of this track was let in before and had not been away for the cooldown when the track came into view. */
  isHere(personId: string, trackId: string): boolean;
  /** The person of this track was let in. */
  letIn(personId: string, trackId: string, camera: string): void;
  /** The person is in view with another track: as long as they do not leave, they are not let in anew. */
  stays(personId: string, trackId: string, camera: string): void;
  ended(trackId: string): void;
  /** A camera of the door has looked, and its tracks are up to date; who has left by that, once. */
  looked(camera: string): string[];
}

/** A moment by the clock, and by what each camera has seen until then, in milliseconds. */
interface Moment {
  readonly at: number;
  readonly watched: ReadonlyMap<string, number>;
}

interface Stay {
  readonly tracks: Set<string>;
  /** The cameras that may have the person in view. */
  readonly cameras: Set<string>;
  readonly cooldownMs: number;
  /** When the last of the tracks ended. */
  left: Moment;
}

/** What may lie between two looks of a camera that is there. Of a longer gap nobody knows who was in view: it counts as no more than a glance. */
const LONGEST_LOOK_MS = 1000;
const GLANCE_MS = 200;
/** After so long a person has left also where a camera does not look on: it may be gone for good. */
const BLIND_MS = 600_000;
/** As long as a face may be out of sight before its track ends, and who stands at the door is not found at once after a start. */
const SHORTEST_AFTER_START_MS = 2000;

/**
 * Presence at a door where persons are let in anew once its cameras have looked on for `cooldownMs` without them. Those `here`, who were let in
 * before the start, may be in view of any camera still. `monotonic` is a clock in milliseconds that nobody sets.
 */
export function createPresence(parts: {
  cooldownMs: number;
  cameras: readonly string[];
  here: readonly string[];
  monotonic: () => number;
}): Presence {
  const { cooldownMs, cameras, here, monotonic } = parts;
  const watched = new Map<string, number>();
  const lookedAt = new Map<string, number>();
  const beginnings = new Map<string, Moment>();

  const now = (): Moment => ({ at: monotonic(), watched: new Map(watched) });
  const stayAt = (at: Iterable<string>, ms: number): Stay => ({
    tracks: new Set(),
    cameras: new Set(at),
    cooldownMs: ms,
    left: now(),
  });
  const afterStart = Math.max(cooldownMs, SHORTEST_AFTER_START_MS);
  const stays = new Map(here.map(personId => [personId, stayAt(cameras, afterStart)]));

  const isOver = ({ tracks, cameras, left, cooldownMs }: Stay, moment: Moment): boolean => {
    if (tracks.size > 0) return false;
    const watchedSince = (camera: string) =>
      (moment.watched.get(camera) ?? 0) - (left.watched.get(camera) ?? 0);
    return (
      moment.at - left.at >= cooldownMs + BLIND_MS ||
      [...cameras].every(camera => watchedSince(camera) >= cooldownMs)
    );
  };

  const add = (stay: Stay, trackId: string, camera: string): void => {
    stay.tracks.add(trackId);
    stay.cameras.add(camera);
  };

  return {
    began: trackId => void beginnings.set(trackId, now()),
    isHere(personId, trackId) {
      const stay = stays.get(personId);
      return stay !== undefined && !isOver(stay, beginnings.get(trackId) ?? now());
    },
    letIn(personId, trackId, camera) {
      const stay = stayAt([], cooldownMs);
      add(stay, trackId, camera);
      stays.set(personId, stay);
    },
    stays(personId, trackId, camera) {
      const stay = stays.get(personId);
      if (stay) add(stay, trackId, camera);
    },
    ended(trackId) {
      beginnings.delete(trackId);
      for (const stay of stays.values()) if (stay.tracks.delete(trackId)) stay.left = now();
    },
    looked(camera) {
      const before = lookedAt.get(camera);
      lookedAt.set(camera, monotonic());
      const gap = before === undefined ? 0 : monotonic() - before;
      watched.set(camera, (watched.get(camera) ?? 0) + (gap <= LONGEST_LOOK_MS ? gap : GLANCE_MS));
      // Who is in view without a name yet may be one of them.
      const moments = [now(), ...beginnings.values()];
      const gone = [...stays].filter(([, stay]) => moments.every(moment => isOver(stay, moment)));
      for (const [personId] of gone) stays.delete(personId);
      return gone.map(([personId]) => personId);
    },
  };
}
