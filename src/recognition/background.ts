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
/** Mean by median of the absolute values of a normal distribution. */
const MEAN_BY_MEDIAN = 1.18;
/** Limits of a change of exposure; beyond, it is another scene. */
const MOST_GAIN = 2;

/** A background that is this first picture. */
export function createBackground(first: Float32Array): Background {
  const usual = Float32Array.from(first);
  const noise = new Float32Array(first.length);
  const change = new Float32Array(first.length);
  let taken = 1;
  /** Noise of the whole picture. */
  let overall: number | undefined;
  return {
    take(means, elapsedMs, learnsNoise) {
      const { gain, offset, spread } = exposureOf(usual, means);
      // At first the mean of all: a single picture is a noisy background.
      const follow = Math.max(1 - Math.exp(-elapsedMs / FOLLOWING_MS), 1 / ++taken);
      const learn = learnsNoise ? 1 - Math.exp(-elapsedMs / NOISE_MS) : 0;
      overall ??= MEAN_BY_MEDIAN * spread;
      // Somebody who fills half of the picture must not pass for noise.
      const bounded = Math.min(MEAN_BY_MEDIAN * spread, 2 * overall + 0.5);
      overall += (1 - Math.exp(-elapsedMs / OVERALL_MS)) * (bounded - overall);
      for (let cell = 0; cell < usual.length; cell++) {
        const before = usual[cell];
        const now = means[cell];
        // What the light of the scene does not reach, or is white or black anyway, stays as it was: anything in between is usual.
        const exposed = gain * before + offset;
        const deviation = Math.max(Math.min(before, exposed) - now, now - Math.max(before, exposed), 0);
        change[cell] = deviation / Math.max(FLOOR, TIMES_NOISE * Math.max(overall, noise[cell]));
        noise[cell] += learn * (deviation - noise[cell]);
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
function exposureOf(before: Float32Array, after: Float32Array) {
  const differences = after.map((value, cell) => value - before[cell]);
  const shift = medianOf(differences);
  for (let cell = 0; cell < differences.length; cell++)
    differences[cell] = Math.abs(differences[cell] - shift);
  const spread = medianOf(differences);
  const limit = 3 * spread + 1;
  let [count, x, y, xx, xy] = [0, 0, 0, 0, 0];
  for (let cell = 0; cell < before.length; cell++) {
    if (differences[cell] > limit) continue;
    count++;
    x += before[cell];
    y += after[cell];
    xx += before[cell] * before[cell];
    xy += before[cell] * after[cell];
  }
  const variance = count * xx - x * x;
  // A picture of one shade tells no gain.
  if (variance < count * count) return { gain: 1, offset: shift, spread };
  const gain = Math.min(MOST_GAIN, Math.max(1 / MOST_GAIN, (count * xy - x * y) / variance));
  return { gain, offset: (y - gain * x) / count, spread };
}

/** Values from -RANGE to RANGE are counted in bins of an eighth. */
const RANGE = 256;
const BINS_PER_UNIT = 8;

/** The median, to a sixteenth: counting is ten times as fast as sorting. */
function medianOf(values: Float32Array): number {
  const bins = new Uint32Array(2 * RANGE * BINS_PER_UNIT + 1);
  for (let index = 0; index < values.length; index++) bins[((values[index] + RANGE) * BINS_PER_UNIT) | 0]++;
  let passed = 0;
  let bin = -1;
  while (2 * passed < values.length) passed += bins[++bin];
  return (bin + 0.5) / BINS_PER_UNIT - RANGE;
}
