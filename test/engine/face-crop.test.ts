import { describe, expect, it } from 'vitest';
import { type Image, imageBytes } from '../../src/domain/image.ts';
import { cropFace } from '../../src/engine/face-crop.ts';

/** A picture whose red tells the column and whose green tells the row, in steps of ten pixels. */
function steps(width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data.set([x / 10, y / 10, 7], (y * width + x) * 3);
  return { format: 'rgb24', width, height, data };
}

const pixel = ({ data, width }: Image, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('the crop of a face', () => {
  it('shows the box and a third of it around', () => {
    const crop = cropFace(steps(1000, 800), { left: 400, top: 300, right: 500, bottom: 420 });
    // 30 and 36 pixels on each side, and the pixel that a cut has around it.
    expect([crop.format, crop.width, crop.height]).toEqual(['rgb24', 162, 194]);
    expect(pixel(crop, 0, 0)).toEqual([36, 26, 7]);
    expect(pixel(crop, 161, 193)).toEqual([53, 45, 7]);
  });

  it('ends where the picture ends', () => {
    const crop = cropFace(steps(200, 200), { left: -20, top: 150, right: 80, bottom: 250 });
    expect([crop.width, crop.height]).toEqual([111, 81]);
    expect(pixel(crop, 0, 80)).toEqual([0, 19, 7]);
  });

  it.each([300, 900, 2000])('of a face of %i pixels is small', side => {
    const picture = steps(2400, 2400);
    const crop = cropFace(picture, { left: 100, top: 100, right: 100 + side, bottom: 100 + side });
    expect(Math.max(crop.width, crop.height)).toBeLessThanOrEqual(323);
    expect(Math.max(crop.width, crop.height)).toBeGreaterThan(200);
    expect(crop.data).toHaveLength(crop.width * crop.height * 3);
  });

  it('is rgb24 also where the camera gives yuv420p, and shares no memory with the picture', () => {
    const data = new Uint8Array(imageBytes('yuv420p', 100, 100)).fill(128);
    const crop = cropFace({ format: 'yuv420p', width: 100, height: 100, data }, box(20, 60));
    const before = [...crop.data];
    data.fill(16);
    expect(crop.format).toBe('rgb24');
    expect([...crop.data]).toEqual(before);
    expect(new Set(crop.data)).toEqual(new Set([130]));
  });
});

function box(from: number, to: number) {
  return { left: from, top: from, right: to, bottom: to };
}
