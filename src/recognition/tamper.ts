import type { CameraTamper } from '../domain/event.ts';

/** A picture: what it is known again by, and when it was taken, in milliseconds of the frames. */
export interface SeenFrame {
  readonly fingerprint: number;
  readonly at: number;
}

/** Watches whether a camera shows anything new. */
export interface TamperWatch {
  /** Takes in the camera's next analysed picture; says what that changed: once when a camera begins to repeat itself, once when it has stopped. */
  add(frame: SeenFrame): CameraTamper['kind'] | undefined;
}

/** The same picture over and over is frozen after so many pictures and milliseconds. */
const FROZEN_FRAMES = 4;
const FROZEN_MS = 2000;
/** Of the newest pictures (repetitions of the one before apart), so many must have been shown before, all equally long ago. */
const NEWEST = 16;
const LOOP_FRAMES = 8;
/** How much "equally" may differ: when a picture is taken depends on when it is fetched. */
const LAG_TOLERANCE_MS = 500;
/** Pictures that are remembered: half an hour at five per second. Longer loops are not noticed. */
const MEMORY = 9000;
/** Without a repeated picture for so long, the camera is itself again. */
const CLEAR_MS = 10_000;

/**
 * A watch over one camera. The noise of a sensor makes every picture differ from all others, so a camera that repeats pictures bit for bit is
 * fed by a recording or stands still. A picture without noise (darkness clipped to black, a test card) counts as standing still too.
 */
export function createTamperWatch(): TamperWatch {
  const seenAt = new Map<number, number>();
  let lags: (number | undefined)[] = [];
  let standing: { readonly fingerprint: number; readonly since: number; readonly frames: number } | undefined;
  let kind: 'frozen' | 'looped' | undefined;
  let repeatedAt = Number.NEGATIVE_INFINITY;

  /** Milliseconds since this picture was last shown. */
  const lagOf = ({ fingerprint, at }: SeenFrame): number | undefined => {
    const before = seenAt.get(fingerprint);
    seenAt.delete(fingerprint);
    seenAt.set(fingerprint, at);
    if (seenAt.size > MEMORY) seenAt.delete(seenAt.keys().next().value!);
    return before === undefined || before >= at ? undefined : at - before;
  };

  const repetitionIn = (frame: SeenFrame): typeof kind => {
    const lag = lagOf(frame);
    if (standing?.fingerprint === frame.fingerprint) {
      standing = { ...standing, frames: standing.frames + 1 };
      return isFrozen(standing, frame.at) ? 'frozen' : undefined;
    }
    standing = { fingerprint: frame.fingerprint, since: frame.at, frames: 1 };
    lags = [...lags, lag].slice(-NEWEST);
    return isLooped(lags) ? 'looped' : undefined;
  };

  return {
    add(frame) {
      const repetition = repetitionIn(frame);
      if (repetition !== undefined) {
        repeatedAt = frame.at;
        if (repetition === kind) return undefined;
        kind = repetition;
        return kind;
      }
      if (kind === undefined || frame.at - repeatedAt < CLEAR_MS) return undefined;
      kind = undefined;
      return 'cleared';
    },
  };
}

function isFrozen({ since, frames }: { since: number; frames: number }, at: number): boolean {
  return frames >= FROZEN_FRAMES && at - since > FROZEN_MS;
}

function isLooped(lags: readonly (number | undefined)[]): boolean {
  const newest = lags.at(-1);
  if (newest === undefined) return false;
  const alike = lags.filter(lag => lag !== undefined && Math.abs(lag - newest) <= LAG_TOLERANCE_MS);
  return alike.length >= LOOP_FRAMES;
}
