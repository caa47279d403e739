import { describe, expect, it } from 'vitest';
import type { Image } from '../../src/domain/image.ts';
import { imageBytes } from '../../src/domain/image.ts';
import { cutRegion, resample } from '../../src/engine/crop.ts';

/** A scene as rgb24 and, converted with the formulas of BT.601, as yuv420p; blocks of 2 x 2 pixels have one colour, so that chroma loses nothing. */
const scene = (width: number, height: number): { rgb: Image; yuv: Image } => {
  const rgb = new Uint8Array(width * height * 3);
  const yuv = new Uint8Array(imageBytes('yuv420p', width, height));
  const chromaWidth = Math.ceil(width / 2);
  const uPlane = width * height;
  const vPlane = uPlane + chromaWidth * Math.ceil(height / 2);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [i, j] = [x >> 1, y >> 1];
      const [r, g, b] = [40 + ((i * 37) % 170), 40 + ((j * 53) % 170), 40 + (((i + j) * 29) % 170)];
      rgb.set([r, g, b], (y * width + x) * 3);
      yuv[y * width + x] = Math.round(16 + 0.256788 * r + 0.504129 * g + 0.097906 * b);
      yuv[uPlane + j * chromaWidth + i] = Math.round(128 - 0.148223 * r - 0.290993 * g + 0.439216 * b);
      yuv[vPlane + j * chromaWidth + i] = Math.round(128 + 0.439216 * r - 0.367788 * g - 0.071427 * b);
    }
  return {
    rgb: { format: 'rgb24', width, height, data: rgb },
    yuv: { format: 'yuv420p', width, height, data: yuv },
  };
};

const worst = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), a.length === b.length ? 0 : 255);

describe('a part of an image', () => {
  it.each([
    { width: 64, height: 48, reduction: 1 },
    { width: 63, height: 47, reduction: 1 },
    { width: 63, height: 47, reduction: 2 },
    { width: 64, height: 48, reduction: 3 },
  ])(
    'is the same out of yuv420p as out of rgb24 ($width x $height by $reduction)',
    ({ width, height, reduction }) => {
      const { rgb, yuv } = scene(width, height);
      const box = { left: 5.5, top: 3, right: 40, bottom: 46.5 };
      const [a, b] = [cutRegion(rgb, box, reduction), cutRegion(yuv, box, reduction)];
      expect({ ...b, data: 0 }).toEqual({ ...a, data: 0 });
      expect(worst(a.data, b.data)).toBeLessThanOrEqual(2);
    },
  );

  it('is clipped to the image', () => {
    const { rgb } = scene(20, 10);
    const cut = cutRegion(rgb, { left: -30, top: -5, right: 500, bottom: 500 }, 1);
    expect([cut.left, cut.top, cut.width, cut.height]).toEqual([0, 0, 20, 10]);
    expect(cut.data).toEqual(rgb.data);
  });

  it('is empty where the image is not', () => {
    const { yuv } = scene(20, 10);
    expect(cutRegion(yuv, { left: 100, top: 100, right: 110, bottom: 110 }, 1).data.length).toBe(0);
  });
});

describe('resampling', () => {
  const identity = { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };

  it('with no change gives the pixels themselves', () => {
    const { rgb } = scene(20, 10);
    expect(resample(rgb, identity, { width: 20, height: 10 }, 'black')).toEqual(rgb.data);
  });

  it('by a half gives the means of four pixels', () => {
    const { rgb } = scene(20, 10);
    const half = resample(rgb, { ...identity, xx: 2, yy: 2 }, { width: 10, height: 5 }, 'black');
    const expected = cutRegion(rgb, { left: 0, top: 0, right: 20, bottom: 10 }, 2).data;
    expect(half).toEqual(expected);
  });

  it('draws the outermost pixels on where it is told to replicate', () => {
    const image: Image = {
      format: 'rgb24',
      width: 2,
      height: 1,
      data: Uint8Array.of(10, 20, 30, 40, 50, 60),
    };
    const wide = { ...identity, x0: -3 };
    const size = { width: 8, height: 1 };
    expect([...resample(image, wide, size, 'replicate').subarray(0, 3)]).toEqual([10, 20, 30]);
    expect([...resample(image, wide, size, 'replicate').subarray(21)]).toEqual([40, 50, 60]);
    expect([...resample(image, wide, size, 'black').subarray(0, 3)]).toEqual([0, 0, 0]);
  });
});
