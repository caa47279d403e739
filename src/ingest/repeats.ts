/** Frames closer than this may show the same picture, milliseconds: the light and the whole one arrive one after the other. */
const SAME_MS = 60;
/** Without a whole frame for so long light ones count again, milliseconds. */
const LACKING_MS = 1000;

/** Tells which frames of a stream that gives light frames all the time, and whole ones besides while they are wanted, show nothing new. Pure state. */
export interface Repeats {
  /** Takes in the frame that arrived at `at`, in milliseconds, and tells whether it is to be left out. */
  isRepeat(isWhole: boolean, at: number): boolean;
}

/** While whole frames come the light ones are left out, and one of the two where they meet: the whole one only if the light one has been taken. */
export function createRepeats(options: {
  readonly isWholeWanted: () => boolean;
  /** Whether a frame waits that nobody took. */
  readonly isWaiting: () => boolean;
}): Repeats {
  let lightAt = Number.NEGATIVE_INFINITY;
  let wholeAt = Number.NEGATIVE_INFINITY;
  // A clock that was set back makes them older, not newer.
  const isNear = (at: number, other: number, span: number) => Math.abs(at - other) < span;
  return {
    isRepeat(isWhole, at) {
      if (isWhole) {
        wholeAt = at;
        return isNear(at, lightAt, SAME_MS) && !options.isWaiting();
      }
      if (isNear(at, wholeAt, options.isWholeWanted() ? LACKING_MS : SAME_MS)) return true;
      lightAt = at;
      return false;
    },
  };
}
