import { describe, expect, it } from 'vitest';
import { drawFaces } from '../../src/ingest/annotation.ts';

const image = () => ({ format: 'rgb24' as const, width: 40, height: 30, data: new Uint8Array(40 * 30 * 3) });
const at = ({ data }: { data: Uint8Array }, x: number, y: number) => [
  ...data.subarray((y * 40 + x) * 3, (y * 40 + x) * 3 + 3),
];
const box = { left: 5, top: 5, right: 25, bottom: 20 };

describe('drawing faces', () => {
  it('draws the frame of the box and the landmarks, and nothing else', () => {
    const picture = image();
    drawFaces(picture, [{ box, landmarks: [{ x: 15, y: 12 }], good: true }]);
    for (const [x, y] of [
      [5, 5],
      [24, 19],
      [5, 12],
      [24, 12],
      [15, 12],
    ] as const)
      expect(at(picture, x, y)).not.toEqual([0, 0, 0]);
    for (const [x, y] of [
      [4, 12],
      [25, 12],
      [10, 12],
      [15, 20],
    ] as const)
      expect(at(picture, x, y)).toEqual([0, 0, 0]);
  });

  it('draws what is good enough in another colour', () => {
    const [good, bad] = [image(), image()];
    drawFaces(good, [{ box, good: true }]);
    drawFaces(bad, [{ box, good: false }]);
    expect(at(good, 5, 5)).not.toEqual(at(bad, 5, 5));
  });

  it('leaves out what lies outside of the picture', () => {
    const picture = image();
    drawFaces(picture, [
      { box: { left: -10, top: -10, right: 60, bottom: 50 }, landmarks: [{ x: -1, y: 500 }], good: true },
    ]);
    expect(picture.data.slice(0, 3 * 40)).toHaveLength(120);
    expect(at(picture, 20, 15)).toEqual([0, 0, 0]);
  });
});
