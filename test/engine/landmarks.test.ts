import { describe, expect, it } from 'vitest';
import { fivePoints, squareAround, uprightSquare } from '../../src/engine/landmarks.ts';

/** 68 points of a face 100 wide and 80 high about (200, 150), turned by `degrees` about that middle. */
function faceTurned(degrees: number): number[] {
  const points = Array.from({ length: 68 }, () => ({ x: 0, y: 0 }));
  const put = (x: number, y: number, ...indices: number[]) => {
    for (const index of indices) points[index] = { x, y };
  };
  put(-20, -15, 37, 38, 40, 41);
  put(20, -15, 43, 44, 46, 47);
  put(-15, 25, 48, 60);
  put(15, 25, 54, 64);
  put(-50, -40, 0);
  put(50, 40, 16);
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return points.flatMap(({ x, y }) => [200 + cos * x - sin * y, 150 + sin * x + cos * y]);
}

describe('the square around a box', () => {
  it('is as wide as the box is high, times the scale, and shifted down', () => {
    const box = { left: 100, top: 50, right: 180, bottom: 150 };
    expect(squareAround(box, { scale: 1.1, shiftDown: 0.05 })).toEqual({
      centre: { x: 140, y: 105 },
      side: expect.closeTo(110, 9),
      angle: 0,
    });
  });
});

describe('the square for a second look', () => {
  it('lies about the points, in heights of what they span', () => {
    const { centre, side, angle } = uprightSquare(faceTurned(0), { scale: 1.5, shiftDown: 0.1 });
    expect(angle).toBeCloseTo(0, 9);
    expect(side).toBeCloseTo(120, 9);
    expect(centre.x).toBeCloseTo(200, 9);
    expect(centre.y).toBeCloseTo(158, 9);
  });

  it.each([-40, 15, 90])('turns with a face that is turned by %i degrees', degrees => {
    const { centre, side, angle } = uprightSquare(faceTurned(degrees), { scale: 1.5, shiftDown: 0.1 });
    const radians = (degrees * Math.PI) / 180;
    expect(angle).toBeCloseTo(radians, 9);
    expect(side).toBeCloseTo(120, 9);
    expect(centre.x).toBeCloseTo(200 - 8 * Math.sin(radians), 9);
    expect(centre.y).toBeCloseTo(150 + 8 * Math.cos(radians), 9);
  });
});

describe('five landmarks out of 68 points', () => {
  it('are the middles of the lids, the nose tip and the means of the mouth corners', () => {
    expect(fivePoints(faceTurned(0))).toEqual([
      { x: 180, y: 135 },
      { x: 220, y: 135 },
      { x: 200, y: 150 },
      { x: 185, y: 175 },
      { x: 215, y: 175 },
    ]);
  });
});
