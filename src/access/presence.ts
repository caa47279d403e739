/** Who was let in at a door and has not left yet, or only just. */
export interface Presence {
  /** Whether the person was let in and is, or was a moment ago, in view. */
  isHere(personId: string): boolean;
  /** The person of this track was let in. */
  letIn(personId: string, trackId: string): void;
  /** The person is in view with another track: as long as they do not leave, they are not let in anew. */
  stays(personId: string, trackId: string): void;
  ended(trackId: string): void;
}

interface Stay {
  readonly tracks: Set<string>;
  /** When the last of the tracks ended. */
  leftAt: number;
}

/** Presence at a door where persons are let in anew `cooldownMs` after they have left; `monotonic` is a clock in milliseconds that nobody sets. */
export function createPresence(cooldownMs: number, monotonic: () => number): Presence {
  const stays = new Map<string, Stay>();

  const isOver = ({ tracks, leftAt }: Stay): boolean =>
    tracks.size === 0 && monotonic() - leftAt >= cooldownMs;

  const forgetGone = (): void => {
    for (const [personId, stay] of stays) if (isOver(stay)) stays.delete(personId);
  };

  return {
    isHere(personId) {
      const stay = stays.get(personId);
      return stay !== undefined && !isOver(stay);
    },
    letIn(personId, trackId) {
      forgetGone();
      const tracks = stays.get(personId)?.tracks ?? new Set();
      stays.set(personId, { tracks: tracks.add(trackId), leftAt: monotonic() });
    },
    stays: (personId, trackId) => void stays.get(personId)?.tracks.add(trackId),
    ended(trackId) {
      for (const stay of stays.values()) if (stay.tracks.delete(trackId)) stay.leftAt = monotonic();
    },
  };
}
