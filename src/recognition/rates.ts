/** Frames a second of one camera: those it should have been given, and those it was. Pure state, time comes from the caller. */
export interface Rates {
  /** A frame came at `at`, and since the one before `fps` frames a second were wanted. */
  came(at: number, fps: number): void;
  /** The frame that came last was given its due: it was looked at, or found still. */
  gave(): void;
  /** The camera gave no frames for a while: nothing was wanted of it. */
  wasSilent(): void;
  /** Both over the ten seconds before `at`, to a tenth; shorter where it began since. */
  read(at: number): { readonly wantedFps: number; readonly givenFps: number };
}

/** The span that rates are told over, milliseconds, and the shortest one that tells anything. */
const SPAN_MS = 10_000;
const SHORTEST_MS = 1000;

interface Arrival {
  readonly at: number;
  /** Frames that were wanted since the arrival before. */
  readonly wanted: number;
  given: number;
}

/** Rates of a camera that begins now. */
export function createRates(): Rates {
  let arrivals: Arrival[] = [];
  let beganAt: number | undefined;
  let last: number | undefined;

  const since = (at: number): Arrival[] => arrivals.filter(one => one.at > at - SPAN_MS && one.at <= at);

  return {
    came(at, fps) {
      // A clock that was set back starts anew.
      if (last !== undefined && at < last) {
        arrivals = [];
        beganAt = last = undefined;
      }
      beganAt ??= at;
      // The first frame is wanted whole: there is no time before it.
      const wanted = last === undefined ? 1 : Math.min(at - last, SPAN_MS) * (fps / 1000);
      last = at;
      if (arrivals.length > 0 && arrivals[0].at <= at - 2 * SPAN_MS) arrivals = since(at);
      arrivals.push({ at, wanted, given: 0 });
    },
    gave() {
      const newest = arrivals.at(-1);
      if (newest !== undefined) newest.given = 1;
    },
    wasSilent() {
      last = undefined;
    },
    read(at) {
      const counted = since(at);
      const span = Math.min(SPAN_MS, Math.max(SHORTEST_MS, at - (beganAt ?? at))) / 1000;
      const perSecond = (key: 'wanted' | 'given') =>
        Math.round((10 * counted.reduce((sum, one) => sum + one[key], 0)) / span) / 10;
      return { wantedFps: perSecond('wanted'), givenFps: perSecond('given') };
    },
  };
}
