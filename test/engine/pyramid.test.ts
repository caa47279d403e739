import { describe, expect, it } from 'vitest';
import type { Detection } from '../../src/domain/face.ts';
import { mergeLevels, reductionsFor } from '../../src/engine/pyramid.ts';

const face = (left: number, top: number, height: number, score: number): Detection => ({
  box: { left, top, right: left + 0.7 * height, bottom: top + height },
  score,
});

describe('reduced pictures', () => {
  it('are as many as make the highest face small enough', () => {
    expect([120, 160, 161, 360, 480, 481, 1440].map(height => reductionsFor(height, 160))).toEqual([
      0, 0, 1, 1, 1, 2, 2,
    ]);
    expect(reductionsFor(1080, Number.POSITIVE_INFINITY)).toBe(0);
  });
});

describe('the faces of several levels', () => {
  const merge = (...levels: Detection[][]) =>
    mergeLevels(
      levels.map((candidates, step) => ({ reduction: 3 ** step, candidates })),
      160,
      0.4,
    );

  it('take a large face from the coarse picture and not its parts from the fine one', () => {
    const whole = face(100, 50, 300, 0.99);
    expect(merge([face(150, 200, 120, 0.95), face(90, 40, 310, 1)], [whole])).toEqual([whole]);
  });

  it('have no part of a large face that the fine picture is surer of than of the whole', () => {
    const whole = face(100, 50, 300, 0.97);
    expect(merge([face(110, 40, 180, 1), face(115, 55, 155, 0.99)], [whole])).toEqual([whole]);
  });

  it('take small faces from the fine picture only', () => {
    const small = face(10, 10, 40, 0.9);
    expect(merge([small], [face(300, 10, 40, 0.99)])).toEqual([small]);
  });

  it('hold a face once that both see', () => {
    expect(merge([face(100, 100, 120, 0.98)], [face(103, 99, 122, 0.99)])).toHaveLength(1);
  });

  it('keep neighbours apart', () => {
    const [a, b] = [face(100, 100, 120, 0.99), face(180, 100, 60, 0.97)];
    expect(merge([a, b], [])).toEqual([a, b]);
  });

  it('are just the faces without overlaps where the detector needs no halving', () => {
    const [a, b] = [face(0, 0, 900, 0.9), face(20, 20, 890, 0.95)];
    expect(mergeLevels([{ reduction: 1, candidates: [a, b] }], Number.POSITIVE_INFINITY, 0.4)).toEqual([b]);
  });
});
