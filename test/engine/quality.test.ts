import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, Landmarks } from '../../src/domain/geometry.ts';
import { laplacianVariance, measureQuality, pose } from '../../src/engine/quality.ts';

const SIZE = 32;
const FULL = { width: 200, height: 120 };
const FRONTAL: Landmarks = [
  { x: 40, y: 50 },
  { x: 80, y: 50 },
  { x: 60, y: 72 },
  { x: 44, y: 90 },
  { x: 76, y: 90 },
];
const BOX: Box = { left: 30, top: 20, right: 90, bottom: 95 };

/** A crop whose pixel (x, y) has this gray value in all three channels. */
const cropOf = (gray: (x: number, y: number) => number) => ({
  data: Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return gray(pixel % SIZE, Math.floor(pixel / SIZE));
  }),
  size: SIZE,
});
const checkered = (dark: number, bright: number) =>
  cropOf((x, y) => (((x >> 2) + (y >> 2)) % 2 === 0 ? dark : bright));
const measure = (
  face: Partial<{ box: Box; landmarks: Landmarks; eyeOpenness: number }> = {},
  crop = checkered(100, 140),
) => measureQuality({ box: BOX, landmarks: FRONTAL, ...face }, FULL, crop, 3.3);

describe('the quality of a face', () => {
  it('tells height, norm, and what share of the box lies inside the picture', () => {
    expect(measure()).toMatchObject({ height: 75, norm: 3.3, visible: 1 });
    expect(measure({ box: { left: -30, top: 0, right: 30, bottom: 80 } }).visible).toBeCloseTo(0.5, 6);
    expect(measure({ box: { left: 150, top: 70, right: 250, bottom: 170 } }).visible).toBeCloseTo(0.25, 6);
    expect(measure({ box: { left: -90, top: 0, right: -10, bottom: 80 } }).visible).toBe(0);
    expect(measure({ box: { left: 10, top: 10, right: 10, bottom: 10 } }).visible).toBe(0);
  });

  it('sees by the landmarks what is cut off although the box ends at the edge of the picture', () => {
    const moved = (x: number, y: number) =>
      FRONTAL.map(point => ({ x: point.x + x, y: point.y + y })) as unknown as Landmarks;
    expect(measure({ landmarks: moved(0, 0) }).visible).toBe(1);
    // The middle of the face lies on the left edge, then on the right one.
    expect(measure({ landmarks: moved(-60, 0) }).visible).toBe(0.5);
    expect(measure({ landmarks: moved(140, 0) }).visible).toBe(0.5);
    // Eyes and brows are above the picture; mouth and chin below it.
    expect(measure({ landmarks: moved(0, -70) }).visible).toBeCloseTo(1.1 / 2.2, 1);
    expect(measure({ landmarks: moved(0, 50) }).visible).toBeCloseTo((0.6 + 0.5) / 2.2, 1);
    expect(measure({ landmarks: moved(500, 0) }).visible).toBe(0);
  });

  it('tells how bright the crop is and what share of it is white', () => {
    expect(measure({}, checkered(100, 140))).toMatchObject({ brightness: 120, clipped: 0 });
    expect(measure({}, checkered(100, 250)).clipped).toBe(0.5);
    expect(measure({}, checkered(100, 249)).clipped).toBe(0);
    expect(measure({}, checkered(255, 255))).toMatchObject({ brightness: 255, clipped: 1, sharpness: 0 });
  });

  it('finds a crop sharper the steeper its edges are', () => {
    const edge = measure({}, checkered(60, 180)).sharpness;
    const ramp = measure(
      {},
      cropOf(x => 60 + 120 * (x / (SIZE - 1))),
    ).sharpness;
    expect(edge).toBeGreaterThan(100 * ramp);
    expect(edge).toBeGreaterThan(measure({}, checkered(100, 140)).sharpness);
  });

  it('hands through how open the eyes are, where that is known', () => {
    expect(measure({ eyeOpenness: 0.31 }).eyeOpenness).toBe(0.31);
    expect(measure()).not.toHaveProperty('eyeOpenness');
  });

  it('computes the variance of the Laplacian of a known image', () => {
    const dot = new Uint8Array(25);
    dot[12] = 9;
    // Inner pixels: -36 at the dot, 9 at its four neighbours, 0 at the corners.
    expect(laplacianVariance(dot, 5)).toBeCloseTo((36 ** 2 + 4 * 9 ** 2) / 9, 9);
  });
});

describe('the pose of a face', () => {
  it('is frontal where the nose stands in the middle', () => {
    expect(pose(FRONTAL)).toEqual({ yaw: 0, pitch: 0.55, roll: 0 });
  });

  it('turns with the nose: sidewards, up and down', () => {
    const withNose = (x: number, y: number): Landmarks => [
      FRONTAL[0],
      FRONTAL[1],
      { x, y },
      FRONTAL[3],
      FRONTAL[4],
    ];
    expect(pose(withNose(80, 72)).yaw).toBeCloseTo(0.5, 9);
    expect(pose(withNose(40, 72)).yaw).toBeCloseTo(-0.5, 9);
    expect(pose(withNose(60, 60)).pitch).toBeCloseTo(0.25, 9);
    expect(pose(withNose(60, 84)).pitch).toBeCloseTo(0.85, 9);
  });

  it('tells roll apart from yaw and pitch, at any place and scale', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1.2, max: 1.2, noNaN: true }),
        fc.double({ min: 0.1, max: 20, noNaN: true }),
        fc.integer({ min: -500, max: 500 }),
        (angle, scale, shift) => {
          const turned = FRONTAL.map(({ x, y }) => ({
            x: scale * (Math.cos(angle) * x - Math.sin(angle) * y) + shift,
            y: scale * (Math.sin(angle) * x + Math.cos(angle) * y) - shift,
          })) as unknown as Landmarks;
          const { yaw, pitch, roll } = pose(turned);
          expect(yaw).toBeCloseTo(0, 6);
          expect(pitch).toBeCloseTo(0.55, 6);
          expect(roll).toBeCloseTo((angle * 180) / Math.PI, 6);
        },
      ),
    );
  });

  it('stays a number where landmarks coincide', () => {
    const point = { x: 5, y: 5 };
    expect(pose([point, point, point, point, point])).toEqual({ yaw: 0, pitch: 0, roll: 0 });
  });
});
