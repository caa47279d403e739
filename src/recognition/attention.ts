import type { Identity } from '../domain/identity.ts';

/** A face of a track in one frame, before it is described. */
export interface Glance {
  /** Milliseconds of the frame. */
  readonly at: number;
  readonly identity: Identity;
  /** See `promiseOf`; undefined where the frame is not whole. */
  readonly promise: number | undefined;
  /** Frames in which the track was not found since it was seen last. */
  readonly missed: number;
}

/** Why a face is worth an embedding. */
export type AttentionReason = 'new' | 'undecided' | 'returned' | 'better' | 'recheck';

/** How much one track is looked at: always while it can decide something, seldom otherwise. Pure state, time comes from the frames. */
export interface Attention {
  /** Why the face should be described now; undefined where it is not worth it. */
  reasonFor(glance: Glance): AttentionReason | undefined;
  /** The face was described; `usable` tells whether it was good enough to count. */
  described(glance: Glance, usable: boolean): void;
  /** Since when the track waits for its turn, in milliseconds of the frames: the first frame that wanted it described since it was. */
  waitingSince(at: number): number;
  /** Whether more frames a second would decide sooner. */
  isUrgent(identity: Identity): boolean;
}

/** Milliseconds until a decided face is described again, to notice that someone else stands there or was enrolled meanwhile. */
const RECHECK_MS = { known: 2000, unknown: 1000 } as const;
/** A face is clearly better when it promises this much more than the best one described. */
const BETTER = 1.25;
/** A track that was gone for so many frames may have come back as someone else. */
const RETURNED = 2;
/** After so many usable faces without a decision more of the same will not help: then a look now and then, milliseconds. */
const HESITATES_AFTER = 8;
const HESITATION_MS = 500;
/** Pause after the first face that was too poor, doubled with each further one, milliseconds. */
const POOR_PAUSE_MS = 100;
const LONGEST_POOR_PAUSE_MS = 2000;
const POOR_ENOUGH = 3;

/** The attention for a new track. */
export function createAttention(): Attention {
  let describedAt: number | undefined;
  let waiting: number | undefined;
  let best = 0;
  let usableFaces = 0;
  let poorInRow = 0;
  let wasDecided = false;

  const isBetter = ({ promise }: Glance): boolean => promise !== undefined && promise >= BETTER * best;

  const undecidedReason = (glance: Glance): AttentionReason | undefined => {
    const { at } = glance;
    if (isBetter(glance)) return 'better';
    const pause = poorInRow > 0 ? poorPause(poorInRow) : usableFaces < HESITATES_AFTER ? 0 : HESITATION_MS;
    return at - describedAt! >= pause ? 'undecided' : undefined;
  };

  const reasonFor = (glance: Glance): AttentionReason | undefined => {
    const { at, identity, missed } = glance;
    if (describedAt === undefined) return 'new';
    if (missed >= RETURNED) return 'returned';
    if (identity.status === 'undecided') {
      // A decision that was taken back is worth as much as a new face.
      if (wasDecided) usableFaces = 0;
      wasDecided = false;
      return undecidedReason(glance);
    }
    wasDecided = true;
    if (identity.status === 'unknown' && isBetter(glance)) return 'better';
    return at - describedAt >= RECHECK_MS[identity.status] ? 'recheck' : undefined;
  };

  return {
    reasonFor,
    described({ at, promise }, usable) {
      describedAt = at;
      waiting = undefined;
      best = Math.max(best, promise ?? 0);
      usableFaces += usable ? 1 : 0;
      poorInRow = usable ? 0 : poorInRow + 1;
    },
    waitingSince(at) {
      waiting ??= at;
      return waiting;
    },
    isUrgent: identity =>
      identity.status === 'undecided' && usableFaces < HESITATES_AFTER && poorInRow < POOR_ENOUGH,
  };
}

function poorPause(poorInRow: number): number {
  return Math.min(LONGEST_POOR_PAUSE_MS, POOR_PAUSE_MS * 2 ** poorInRow);
}
