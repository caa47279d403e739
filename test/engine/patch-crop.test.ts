import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxHeight, boxWidth } from '../../src/domain/geometry.ts';
import type { Image } from '../../src/domain/image.ts';
import { patchAround, stretch } from '../../src/engine/patch-crop.ts';

const hd = { width: 1280, height: 720 };

describe('the patch around a face', () => {
  it('is the box grown about its centre where there is room', () => {
    const { box, scale } = patchAround({ left: 600, top: 300, right: 680, bottom: 400 }, hd, 2.7);
    expect(scale).toBe(2.7);
    expect(box).toEqual({ left: 532, top: 215, right: 749, bottom: 486 });
  });

  it('is moved into the image, not cut, at an edge', () => {
    const { box, scale } = patchAround({ left: 10, top: 600, right: 90, bottom: 700 }, hd, 2.7);
    expect(scale).toBe(2.7);
    expect(box).toEqual({ left: 0, top: 449, right: 217, bottom: 720 });
  });

  it('is smaller where the face fills the image', () => {
    const { box, scale } = patchAround({ left: 400, top: 100, right: 800, bottom: 600 }, hd, 2.7);
    expect(scale).toBeCloseTo(719 / 500, 6);
    expect([box.top, box.bottom]).toEqual([0, 720]);
  });

  it('never leaves the image and keeps the shape of the box', () => {
    const side = fc.double({ min: 20, max: 300, noNaN: true });
    const place = fc.double({ min: -40, max: 700, noNaN: true });
    fc.assert(
      fc.property(place, place, side, side, (left, top, width, height) => {
        const face = { left, top, right: left + width, bottom: top + height };
        const { box, scale } = patchAround(face, hd, 2.7);
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.top).toBeGreaterThanOrEqual(0);
        expect(box.right).toBeLessThanOrEqual(hd.width);
        expect(box.bottom).toBeLessThanOrEqual(hd.height);
        expect(Math.abs(boxWidth(box) - width * scale)).toBeLessThan(2.01);
        expect(Math.abs(boxHeight(box) - height * scale)).toBeLessThan(2.01);
      }),
    );
  });
});

describe('a stretched patch', () => {
  it('shows the box and nothing else', () => {
    const image = halves(200, 100);
    const out = stretch(image, { left: 50, top: 20, right: 150, bottom: 60 }, { width: 10, height: 8 });
    const red = Array.from({ length: 10 }, (_, x) => out[(3 * 10 + x) * 3]);
    expect(red).toEqual([255, 255, 255, 255, 255, 0, 0, 0, 0, 0]);
  });
});

/** Left half white, right half black. */
function halves(width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) data.fill(at % width < width / 2 ? 255 : 0, at * 3, at * 3 + 3);
  return { format: 'rgb24', width, height, data };
}
