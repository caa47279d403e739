import { describe, expect, it } from 'vitest';
import type { Detection } from '../../src/domain/face.ts';
import { halve, halvingsFor, mergeLevels } from '../../src/engine/pyramid.ts';

const face = (left: number, top: number, height: number, score: number): Detection => ({
  box: { left, top, right: left + 0.7 * height, bottom: top + height },
  score,
});

describe('halved pictures', () => {
  it('are as many as make the highest face small enough', () => {
    expect([120, 160, 161, 360, 480, 1080].map(height => halvingsFor(height, 160))).toEqual([
      0, 0, 1, 2, 2, 3,
    ]);
    expect(halvingsFor(1080, Number.POSITIVE_INFINITY)).toBe(0);
  });

  it('hold the means of four pixels, image by image', () => {
    const gray = (values: number[]) => Uint8Array.from(values.flatMap(value => [value, value, value]));
    const one = gray([0, 4, 99, 8, 12, 99]);
    const two = gray([10, 10, 99, 20, 20, 99]);
    const halved = halve(Uint8Array.from([...one, ...two]), { count: 2, width: 3, height: 2 });
    expect(halved).toEqual({ pixels: gray([6, 15]), count: 2, width: 1, height: 1 });
  });
});

describe('the faces of several halvings', () => {
  const merge = (...levels: Detection[][]) =>
    mergeLevels(
      levels.map((candidates, halvings) => ({ halvings, candidates })),
      160,
      0.4,
    );

  it('take a large face from the coarse picture and not its parts from the fine one', () => {
    const whole = face(100, 50, 300, 0.99);
    expect(merge([face(150, 200, 120, 0.95), face(90, 40, 310, 1)], [whole])).toEqual([whole]);
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
    expect(mergeLevels([{ halvings: 0, candidates: [a, b] }], Number.POSITIVE_INFINITY, 0.4)).toEqual([b]);
  });
});
