/** What a still scene looks like, cell by cell, learned from the pictures themselves. */
export interface Background {
  /**
   * Takes in the mean lumas of the cells, `elapsedMs` after those before. Tells for each cell how far it is from what is usual, in units of what
   * noise and flicker explain there: from 1 on something is there. `learnsNoise` is whether what changes now may be learned as usual.
   */
  take(means: Float32Array, elapsedMs: number, learnsNoise: boolean): Float32Array;
}

/** How quickly the background becomes what is seen, milliseconds: slow enough that a slow walker stays a change, quick enough for the sun. */
const FOLLOWING_MS = 4000;
/** How quickly a cell's restlessness is learned: a clock in the picture or a tree becomes usual within a minute; somebody who passes does not. */
const NOISE_MS = 60_000;
/** The same for the whole picture's: noise grows within seconds where the light goes and the gain of the sensor up. */
const OVERALL_MS = 10_000;
/** Levels of luma that are never a change (sensor noise of strength 7 and H.264 at 500 kbit/s stay below), and mean deviations that are not. */
const FLOOR = 4;
const TIMES_NOISE = 6;
/** What noise is taken for when a camera starts, whose first pictures may hide it: that of a night at least; more than the most is somebody who moves. */
const LEAST_AT_FIRST = 1;
const MOST_AT_FIRST = 2.5;
/** Mean by median of the absolute values of a normal distribution. */
const MEAN_BY_MEDIAN = 1.18;
/** Limits of a change of exposure, in levels for the shift and the spread; beyond, it is another scene. */
const MOST_GAIN = 2;
const MOST_SHIFT = 64;
const MOST_SPREAD = 32;

/** Of many cells every seventh tells the exposure as well as all of them. */
const MANY_CELLS = 1400;
const SAMPLED = 7;

/** Bins that medians are counted in. */
const BINS = 512;

/** Memory that is used again for each picture. */
interface Room {
  /** One per cell at most. */
  readonly differences: Float32Array;
  readonly bins: Uint16Array;
}

/** A background that is this first picture. */
export function createBackground(first: Float32Array): Background {
  const usual = Float32Array.from(first);
  const noise = new Float32Array(first.length);
  const change = new Float32Array(first.length);
  const room = { differences: new Float32Array(first.length), bins: new Uint16Array(BINS) };
  let taken = 1;
  /** Noise of the whole picture. */
  let overall: number | undefined;
  return {
    take(means, elapsedMs, learnsNoise) {
      const { gain, offset, spread } = exposureOf(usual, means, room);
      // At first the mean of all: a single picture is a noisy background.
      const follow = Math.max(1 - Math.exp(-elapsedMs / FOLLOWING_MS), 1 / ++taken);
      const learn = learnsNoise ? 1 - Math.exp(-elapsedMs / NOISE_MS) : 0;
      // Somebody who fills half of the picture must not pass for noise.
      overall ??= Math.min(MOST_AT_FIRST, Math.max(LEAST_AT_FIRST, MEAN_BY_MEDIAN * spread));
      const restlessness = Math.min(MEAN_BY_MEDIAN * spread, 2 * overall + 0.5);
      if (learnsNoise) overall += (1 - Math.exp(-elapsedMs / OVERALL_MS)) * (restlessness - overall);
      const least = Math.max(FLOOR, TIMES_NOISE * overall);
      for (let cell = 0; cell < usual.length; cell++) {
        const before = usual[cell];
        const now = means[cell];
        // What the light of the scene does not reach, or is white or black anyway, stays as it was: anything in between is usual.
        const exposed = gain * before + offset;
        const above = now - Math.max(before, exposed);
        const below = Math.min(before, exposed) - now;
        const deviation = Math.max(above, below, 0);
        const restless = noise[cell];
        change[cell] = deviation / Math.max(least, TIMES_NOISE * restless);
        noise[cell] = restless + learn * (deviation - restless);
        usual[cell] = before + follow * (now - before);
      }
      return change;
    },
  };
}

/**
 * The change of exposure from one picture to another, after = gain * before + offset, that most cells share: least squares over those
 * that a mere shift by the median explains best, so that somebody who came into the picture has no say in it. `spread` is the median
 * of how far cells are from the shift.
 */
function exposureOf(before: Float32Array, after: Float32Array, { differences, bins }: Room) {
  const cells = before.length;
  const step = cells < MANY_CELLS ? 1 : SAMPLED;
  let samples = 0;
  for (let cell = 0; cell < cells; cell += step) differences[samples++] = after[cell] - before[cell];
  const shift = medianOf(differences, samples, bins, -MOST_SHIFT, MOST_SHIFT);
  for (let sample = 0; sample < samples; sample++)
    differences[sample] = Math.abs(differences[sample] - shift);
  const spread = medianOf(differences, samples, bins, 0, MOST_SPREAD);
  const limit = 3 * spread + 1;
  let count = 0;
  let x = 0;
  let y = 0;
  let xx = 0;
  let xy = 0;
  for (let sample = 0; sample < samples; sample++) {
    if (differences[sample] > limit) continue;
    const from = before[sample * step];
    const to = after[sample * step];
    count++;
    x += from;
    y += to;
    xx += from * from;
    xy += from * to;
  }
  const variance = count * xx - x * x;
  // A picture of one shade tells no gain.
  if (variance < count * count) return { gain: 1, offset: shift, spread };
  const gain = Math.min(MOST_GAIN, Math.max(1 / MOST_GAIN, (count * xy - x * y) / variance));
  return { gain, offset: (y - gain * x) / count, spread };
}

/** The median of the first `count` values to (to - from) / 512, or the end of the range that it lies beyond: counting is ten times as fast as sorting. */
function medianOf(values: Float32Array, count: number, bins: Uint16Array, from: number, to: number): number {
  bins.fill(0);
  const perUnit = BINS / (to - from);
  for (let index = 0; index < count; index++) {
    const bin = ((values[index] - from) * perUnit) | 0;
    bins[bin < 0 ? 0 : bin < BINS ? bin : BINS - 1]++;
  }
  let passed = 0;
  let bin = -1;
  while (2 * passed < count) passed += bins[++bin];
  return from + (bin + 0.5) / perUnit;
}
