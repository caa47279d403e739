/** Which of a camera's frames are analysed. Pure state, time comes from the frames. */
export interface Pace {
  /** Whether a frame taken at `at` is to be analysed, given whether something is undecided; counts it if so. */
  isDue(at: number, urgent: boolean): boolean;
}

/** Frames come this much before their time, as a share of the interval, and still count: jitter must not cost every second one. */
const SLACK = 0.05;

/** Every frame while something is undecided, `fps` of them a second otherwise: on average, whatever the camera delivers. */
export function createPace(fps: number): Pace {
  const interval = 1000 / fps;
  let due: number | undefined;
  return {
    isDue(at, urgent) {
      // A clock that was set back starts anew.
      const isFresh = urgent || due === undefined || at < due - 2 * interval;
      if (!isFresh && at < due! - SLACK * interval) return false;
      due = isFresh ? at + interval : Math.max(due! + interval, at);
      return true;
    },
  };
}
