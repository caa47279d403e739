import { type Box, boxHeight, boxWidth } from '../domain/geometry.ts';

/** One coordinate that moves: estimate, speed per second, and the variances of both (`pp`, `vv`) with their covariance. */
interface Axis {
  readonly p: number;
  readonly v: number;
  readonly pp: number;
  readonly pv: number;
  readonly vv: number;
}

/**
 * Where a face is believed to be and how it moves. Centre in pixels, size as the logarithm of the height, so that a
 * face that doubles and one that halves have gone equally far. Immutable.
 */
export interface Motion {
  readonly x: Axis;
  readonly y: Axis;
  readonly size: Axis;
  /** Width by height. */
  readonly aspect: number;
  /** Milliseconds since the epoch that the estimate is for. */
  readonly at: number;
}

/** How far a found box is from the believed one: `distance` is squared, in standard deviations; `doubt` is 0 for a belief as sharp as a detection and grows with its vagueness. */
export interface Deviation {
  readonly distance: number;
  readonly doubt: number;
}

/** Standard deviation of a detected centre in face heights, and of the logarithm of a detected height. Source: DeepSORT's 1/20. */
const MEASURED = 0.05;
/** Standard deviations of an unknown speed and of the acceleration, in face heights per second (squared): a person walks across at 5. Of 4, 8 and 16 the one with the fewest changes of id in simulated crowds. */
const SPEED = 3;
const ACCELERATION = 8;
/** The same of the logarithm of the height: who walks towards the camera grows by half in a second. */
const GROWTH = 0.5;
const GROWTH_CHANGE = 0.5;
/** A prediction further ahead than this is not worth having, milliseconds; only the doubt goes on growing. */
const MAX_PREDICTION_MS = 600;
/** Share of the newly measured aspect in the running one. */
const ASPECT_GAIN = 0.3;

/** The motion of a face seen for the first time. */
export function startMotion(box: Box, at: number): Motion {
  const height = boxHeight(box);
  const axis = (p: number, noise: number, speed: number): Axis => ({
    p,
    v: 0,
    pp: noise ** 2,
    pv: 0,
    vv: speed ** 2,
  });
  return {
    x: axis(centreX(box), MEASURED * height, SPEED * height),
    y: axis(centreY(box), MEASURED * height, SPEED * height),
    size: axis(Math.log(height), MEASURED, GROWTH),
    aspect: boxWidth(box) / height,
    at,
  };
}

/**
 * The motion at a later time: constant velocity, disturbed by random acceleration. The axes of SORT's Kalman filter do
 * not influence each other, so each is a filter of two numbers. Source: Bewley et al. 2016; Bar-Shalom, discrete white noise acceleration.
 */
export function predictMotion(motion: Motion, at: number): Motion {
  const elapsed = Math.max(0, at - motion.at) / 1000;
  const ahead = Math.min(elapsed, MAX_PREDICTION_MS / 1000);
  const height = Math.exp(motion.size.p);
  const move = ({ p, v, pp, pv, vv }: Axis, acceleration: number): Axis => {
    const q = acceleration ** 2;
    return {
      p: p + v * ahead,
      v,
      pp: pp + 2 * elapsed * pv + elapsed ** 2 * vv + (q * elapsed ** 4) / 4,
      pv: pv + elapsed * vv + (q * elapsed ** 3) / 2,
      vv: vv + q * elapsed ** 2,
    };
  };
  return {
    x: move(motion.x, ACCELERATION * height),
    y: move(motion.y, ACCELERATION * height),
    size: move(motion.size, GROWTH_CHANGE),
    aspect: motion.aspect,
    at,
  };
}

/** The motion after its face was found at `box`, at the time that `predicted` is for. */
export function correctMotion(predicted: Motion, box: Box): Motion {
  const noise = MEASURED * Math.exp(predicted.size.p);
  const pull = ({ p, v, pp, pv, vv }: Axis, found: number, deviation: number): Axis => {
    const total = pp + deviation ** 2;
    const [gain, speedGain] = [pp / total, pv / total];
    const error = found - p;
    return {
      p: p + gain * error,
      v: v + speedGain * error,
      pp: (1 - gain) * pp,
      pv: (1 - gain) * pv,
      vv: vv - speedGain * pv,
    };
  };
  const aspect = boxWidth(box) / boxHeight(box);
  return {
    x: pull(predicted.x, centreX(box), noise),
    y: pull(predicted.y, centreY(box), noise),
    size: pull(predicted.size, Math.log(boxHeight(box)), MEASURED),
    aspect: predicted.aspect + ASPECT_GAIN * (aspect - predicted.aspect),
    at: predicted.at,
  };
}

/** How well a found box fits a predicted motion. */
export function deviationOf(predicted: Motion, box: Box): Deviation {
  const noise = MEASURED * Math.exp(predicted.size.p);
  const axes = [
    [predicted.x, centreX(box), noise],
    [predicted.y, centreY(box), noise],
    [predicted.size, Math.log(boxHeight(box)), MEASURED],
  ] as const;
  let distance = 0;
  let doubt = 0;
  for (const [{ p, pp }, found, deviation] of axes) {
    const total = pp + deviation ** 2;
    distance += (found - p) ** 2 / total;
    doubt += Math.log(total / deviation ** 2);
  }
  return { distance, doubt };
}

/** The believed box in pixels. */
export function boxOf(motion: Motion): Box {
  const height = Math.exp(motion.size.p);
  const width = motion.aspect * height;
  return {
    left: motion.x.p - width / 2,
    top: motion.y.p - height / 2,
    right: motion.x.p + width / 2,
    bottom: motion.y.p + height / 2,
  };
}

function centreX(box: Box): number {
  return (box.left + box.right) / 2;
}

function centreY(box: Box): number {
  return (box.top + box.bottom) / 2;
}
