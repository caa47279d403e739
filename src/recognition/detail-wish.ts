/** What a frame shows of the face of one track. */
export interface DetailSight {
  /** Milliseconds of the frame. */
  readonly at: number;
  /** Height of the face, in pixels, as the camera's smaller stream shows it and as its larger one does. */
  readonly smallHeight: number;
  readonly largeHeight: number;
  /** Whether the frame is one of the larger stream. */
  readonly isDetail: boolean;
  readonly isUndecided: boolean;
}

/** Whether the face of one track is worth frames of the camera's larger stream. Pure state, time comes from the frames. */
export interface DetailWish {
  /** Takes in what a frame shows, before it is described. */
  see(sight: DetailSight): void;
  /** The face was described in the frame seen last; `usable` tells whether it was good enough to count. */
  described(usable: boolean): void;
  isWished(): boolean;
}

/** Side of the aligned crop: a face that is as large in the smaller stream gains nothing by more pixels. */
const CROP = 112;
/** A stream whose faces are not this much larger shows no more. */
const LARGER = 1.2;
/** So many usable faces of the smaller stream without a decision are as good as poor ones. */
const HESITATES_AFTER = 2;
/** Frames of the larger stream in a row that brought no decision nearer, and the time to wait for them, milliseconds: two key frames two seconds apart. */
const FUTILE_FRAMES = 3;
const PATIENCE_MS = 5000;
/** Usable faces of the larger stream after which more of the same will not help. */
const ENOUGH_USABLE = 8;
/** Then nothing is asked for so long, doubled each time, milliseconds. */
const PAUSE_MS = 3000;
const LONGEST_PAUSE_MS = 30_000;

/** The wish of a new track whose face must be `minHeight` pixels high to be described. */
export function createDetailWish(minHeight: number): DetailWish {
  let last: DetailSight | undefined;
  let isPoor = false;
  let usable = { small: 0, large: 0 };
  let futile = 0;
  let askedSince: number | undefined;
  let pause = PAUSE_MS;
  let pausedUntil = Number.NEGATIVE_INFINITY;

  const isLacking = ({ smallHeight }: DetailSight): boolean =>
    smallHeight < minHeight || (smallHeight < CROP && (isPoor || usable.small >= HESITATES_AFTER));

  const giveUp = (at: number): void => {
    pausedUntil = at + pause;
    pause = Math.min(LONGEST_PAUSE_MS, 2 * pause);
    futile = 0;
    usable = { small: usable.small, large: 0 };
    askedSince = undefined;
  };

  const couldHelp = (sight: DetailSight): boolean =>
    sight.isUndecided &&
    sight.largeHeight >= minHeight &&
    sight.largeHeight >= LARGER * sight.smallHeight &&
    isLacking(sight);

  return {
    see(sight) {
      last = sight;
      if (!couldHelp(sight) || sight.at < pausedUntil) {
        askedSince = undefined;
        return;
      }
      askedSince ??= sight.at;
      if (sight.isDetail) futile++;
      const isVain = futile >= FUTILE_FRAMES || usable.large >= ENOUGH_USABLE;
      if (isVain || sight.at - askedSince > PATIENCE_MS) giveUp(sight.at);
    },
    described(isUsable) {
      if (last === undefined) return;
      if (!last.isDetail) {
        isPoor = !isUsable;
        if (isUsable) usable = { ...usable, small: usable.small + 1 };
      } else if (isUsable) {
        futile = 0;
        usable = { ...usable, large: usable.large + 1 };
        // As long as it helps, patience starts anew.
        if (askedSince !== undefined) askedSince = last.at;
      }
    },
    isWished: () => askedSince !== undefined,
  };
}
