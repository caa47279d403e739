import { describe, expect, it } from 'vitest';
import {
  boxArea,
  boxHeight,
  boxWidth,
  intersectionOverUnion,
  scaleBox,
  suppressOverlaps,
} from '../../src/domain/geometry.ts';

const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });

describe('boxes', () => {
  it('have no negative size', () => {
    const inverted = box(10, 10, 5, 5);
    expect([boxWidth(inverted), boxHeight(inverted), boxArea(inverted)]).toEqual([0, 0, 0]);
  });

  it.each([
    ['the same', box(0, 0, 10, 10), box(0, 0, 10, 10), 1],
    ['half shifted', box(0, 0, 10, 10), box(5, 0, 15, 10), 1 / 3],
    ['touching', box(0, 0, 10, 10), box(10, 0, 20, 10), 0],
    ['apart', box(0, 0, 10, 10), box(50, 50, 60, 60), 0],
    ['one inside the other', box(0, 0, 10, 10), box(0, 0, 5, 10), 0.5],
  ])('overlap by intersection over union: %s', (_, a, b, expected) => {
    expect(intersectionOverUnion(a, b)).toBeCloseTo(expected, 12);
    expect(intersectionOverUnion(b, a)).toBeCloseTo(expected, 12);
  });

  it('scale with their image', () => {
    expect(scaleBox(box(1, 2, 3, 4), 2)).toEqual(box(2, 4, 6, 8));
  });
});

describe('suppressing overlaps', () => {
  it('keeps the best of each pile and everything that stands alone', () => {
    const found = [
      { box: box(0, 0, 10, 10), score: 0.8 },
      { box: box(1, 0, 11, 10), score: 0.9 },
      { box: box(50, 0, 60, 10), score: 0.5 },
    ];
    expect(suppressOverlaps(found, 0.4).map(({ score }) => score)).toEqual([0.9, 0.5]);
  });

  it('keeps boxes that overlap by exactly the limit', () => {
    const pair = [
      { box: box(0, 0, 10, 10), score: 0.9 },
      { box: box(0, 0, 5, 10), score: 0.8 },
    ];
    expect(suppressOverlaps(pair, 0.5)).toHaveLength(2);
    expect(suppressOverlaps(pair, 0.49)).toHaveLength(1);
  });

  it('does not change what it was given', () => {
    const given = [
      { box: box(0, 0, 10, 10), score: 0.1 },
      { box: box(0, 0, 10, 10), score: 0.2 },
    ];
    suppressOverlaps(given, 0.4);
    expect(given.map(({ score }) => score)).toEqual([0.1, 0.2]);
  });
});
