import { describe, expect, it } from 'vitest';
import { createPace, type Pace } from '../../src/recognition/pace.ts';

/** How many of the frames that come every `every` milliseconds in [from, to) are analysed. */
function analysed(pace: Pace, from: number, to: number, every: number, urgent = false): number {
  let count = 0;
  for (let at = from; at < to; at += every) if (pace.isDue(at, urgent)) count++;
  return count;
}

describe('a pace', () => {
  it.each([
    [5, 100],
    [5, 120],
    [4, 100],
    [8, 100],
    [5, 67],
  ])('of %d a second holds on average where a frame comes every %d ms', (fps, every) => {
    const count = analysed(createPace(fps), 0, 20_000, every);
    expect(Math.abs(count - 20 * fps)).toBeLessThanOrEqual(0.04 * 20 * fps);
  });

  it('takes every frame of a slower camera', () => {
    expect(analysed(createPace(5), 0, 10_000, 400)).toBe(25);
  });

  it('takes every frame while something is undecided, and falls back afterwards', () => {
    const pace = createPace(5);
    expect(analysed(pace, 0, 1000, 100, true)).toBe(10);
    expect(analysed(pace, 1000, 2000, 100)).toBe(5);
  });

  it('is not stopped by a clock that was set back', () => {
    const pace = createPace(5);
    analysed(pace, 3_600_000, 3_601_000, 100);
    expect(analysed(pace, 0, 1000, 100)).toBe(5);
  });
});
