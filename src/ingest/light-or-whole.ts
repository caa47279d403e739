import type { Frame } from '../domain/image.ts';
import { createNewestFrame, type NewestFrame } from './newest-frame.ts';

/** Frames closer than this may show the same picture, milliseconds: the light and the whole one arrive one after the other. */
const SAME_MS = 60;
/** Without a whole frame for so long light ones count again, milliseconds. */
const LACKING_MS = 1000;

/**
 * The newest frame of a stream that gives light frames all the time and whole ones besides while they are wanted, each picture once: while
 * whole ones come the light ones are left out, and one of the two where they meet. Those are not counted as dropped.
 */
export function createLightOrWhole(isWholeWanted: () => boolean): NewestFrame {
  const newest = createNewestFrame();
  let lightAt = Number.NEGATIVE_INFINITY;
  let wholeAt = Number.NEGATIVE_INFINITY;

  const isLeftOut = ({ isWhole, capturedAt: at }: Frame): boolean => {
    if (!isWhole) return at - wholeAt < (isWholeWanted() ? LACKING_MS : SAME_MS);
    const isTaken = newest.peek() === undefined;
    return isTaken && at - lightAt < SAME_MS;
  };

  return {
    ...newest,
    get dropped() {
      return newest.dropped;
    },
    put: frame => {
      const isOut = isLeftOut(frame);
      if (frame.isWhole) wholeAt = frame.capturedAt;
      if (isOut) frame.release();
      else {
        if (!frame.isWhole) lightAt = frame.capturedAt;
        newest.put(frame);
      }
    },
  };
}
