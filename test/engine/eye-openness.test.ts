import { describe, expect, it } from 'vitest';
import { eyeOpenness } from '../../src/engine/eye-openness.ts';

/** 68 points of which only the eyes stand somewhere: each `width` wide, their lids `height` apart. */
function eyesOf(...eyes: readonly { width: number; height: number }[]): Float32Array {
  const points = new Float32Array(136);
  for (const [at, { width, height }] of eyes.entries()) {
    const [left, y] = [10 + 20 * at, 30];
    const six = [
      [left, y],
      [left + width / 3, y - height / 2],
      [left + (2 * width) / 3, y - height / 2],
      [left + width, y],
      [left + (2 * width) / 3, y + height / 2],
      [left + width / 3, y + height / 2],
    ];
    points.set(six.flat(), 2 * (36 + 6 * at));
  }
  return points;
}

describe('the openness of the eyes', () => {
  it('is the height of an eye by its width, whatever the scale', () => {
    const open = eyesOf({ width: 12, height: 4 }, { width: 12, height: 4 });
    expect(eyeOpenness(open)).toBeCloseTo(1 / 3, 6);
    expect(eyeOpenness(open.map(value => value / 100))).toBeCloseTo(1 / 3, 5);
  });

  it('is the mean of both eyes, and 0 where they are shut', () => {
    expect(eyeOpenness(eyesOf({ width: 10, height: 4 }, { width: 10, height: 2 }))).toBeCloseTo(0.3, 6);
    expect(eyeOpenness(eyesOf({ width: 10, height: 0 }, { width: 10, height: 0 }))).toBe(0);
  });

  it('does not change when the head leans to a side', () => {
    const level = eyesOf({ width: 12, height: 4 }, { width: 12, height: 3 });
    const [cos, sin] = [Math.cos(0.5), Math.sin(0.5)];
    const leaning = level.map((_, at) => {
      const [x, y] = [level[at & ~1], level[at | 1]];
      return at % 2 === 0 ? cos * x - sin * y : sin * x + cos * y;
    });
    expect(eyeOpenness(leaning)).toBeCloseTo(eyeOpenness(level), 5);
  });

  it('is a number even where all points coincide', () => {
    expect(eyeOpenness(new Float32Array(136))).toBe(0);
  });
});
