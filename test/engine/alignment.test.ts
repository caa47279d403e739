import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Landmarks, Point } from '../../src/domain/geometry.ts';
import type { Image } from '../../src/domain/image.ts';
import { alignFace, fitSimilarity, invert, mirror } from '../../src/engine/alignment.ts';
import type { Affine } from '../../src/engine/crop.ts';

const template = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
] as const;

const apply = (map: Affine, { x, y }: Point): Point => ({
  x: map.xx * x + map.xy * y + map.x0,
  y: map.yx * x + map.yy * y + map.y0,
});
const centres = template.map(([x, y]) => ({ x: x + 0.5, y: y + 0.5 }));
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

const similarityMap = fc
  .record({
    scale: number(0.1, 20),
    angle: number(-Math.PI, Math.PI),
    x0: number(-500, 500),
    y0: number(-500, 500),
  })
  .map(({ scale, angle, x0, y0 }): Affine => {
    const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    return { xx: cos, xy: -sin, x0, yx: sin, yy: cos, y0 };
  });

describe('the least-squares similarity', () => {
  it('recovers any rotation, scale and shift', () => {
    fc.assert(
      fc.property(similarityMap, map => {
        const found = fitSimilarity(
          centres,
          centres.map(point => apply(map, point)),
        );
        for (const key of ['xx', 'xy', 'x0', 'yx', 'yy', 'y0'] as const)
          expect(Math.abs(found[key] - map[key])).toBeLessThan(1e-6);
      }),
    );
  });

  it('is beaten by none of its neighbours when the points do not fit', () => {
    const noise = fc.array(number(-5, 5), { minLength: 10, maxLength: 10 });
    const step = number(-0.1, 0.1);
    fc.assert(
      fc.property(similarityMap, noise, step, step, step, step, (map, off, cos, sin, x, y) => {
        const target = centres.map((point, i) => {
          const moved = apply(map, point);
          return { x: moved.x + off[2 * i], y: moved.y + off[2 * i + 1] };
        });
        const error = (m: Affine) =>
          centres.reduce((sum, point, i) => {
            const moved = apply(m, point);
            return sum + (moved.x - target[i].x) ** 2 + (moved.y - target[i].y) ** 2;
          }, 0);
        const best = fitSimilarity(centres, target);
        const near = {
          xx: best.xx + cos,
          xy: best.xy - sin,
          x0: best.x0 + x,
          yx: best.yx + sin,
          yy: best.yy + cos,
          y0: best.y0 + y,
        };
        expect(error(best)).toBeLessThanOrEqual(error(near) + 1e-6);
      }),
    );
  });

  it('is undone by its inverse', () => {
    fc.assert(
      fc.property(similarityMap, number(-100, 100), number(-100, 100), (map, x, y) => {
        const back = apply(invert(map), apply(map, { x, y }));
        expect(Math.abs(back.x - x) + Math.abs(back.y - y)).toBeLessThan(1e-6);
      }),
    );
  });

  it('stays finite for points that coincide', () => {
    const same = centres.map(() => ({ x: 5, y: 5 }));
    expect(Object.values(fitSimilarity(same, centres)).every(Number.isFinite)).toBe(true);
  });
});

/** A smooth scene without an end: what a pixel shows is known at every place, for any map. */
const scene = (x: number, y: number): readonly number[] => [
  128 + 100 * Math.sin(x / 37) * Math.cos(y / 29),
  128 + 100 * Math.cos(x / 31 + y / 43),
  128 + 100 * Math.sin(y / 23 - x / 61),
];

const paint = (width: number, height: number, zoom: number): Image => {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set(scene((x + 0.5) / zoom, (y + 0.5) / zoom).map(Math.round), (y * width + x) * 3);
  return { format: 'rgb24', width, height, data };
};

const largestDifference = (crop: Uint8Array, expected: (x: number, y: number) => readonly number[]) => {
  let worst = 0;
  for (let y = 0; y < 112; y++)
    for (let x = 0; x < 112; x++) {
      const colour = expected(x, y);
      for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs(crop[(y * 112 + x) * 3 + c] - colour[c]));
    }
  return worst;
};

describe('an aligned crop', () => {
  it.each([
    { name: 'a face as large as the template', scale: 1, angle: 0 },
    { name: 'a small, tilted face', scale: 0.6, angle: 0.4 },
    { name: 'a face 2.7 times the template', scale: 2.7, angle: -0.3 },
    { name: 'a face 5 times the template', scale: 5, angle: 0.2 },
  ])('shows the scene where the landmarks say it is: $name', ({ scale, angle }) => {
    const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)];
    const toImage: Affine = { xx: cos, xy: -sin, x0: 40 * scale + 60, yx: sin, yy: cos, y0: 30 * scale + 60 };
    const zoom = Math.max(1, scale);
    const image = paint(Math.ceil(200 * zoom + 60), Math.ceil(200 * zoom + 60), zoom);
    const [a, b, c, d, e] = centres.map(point => apply(toImage, point));
    const landmarks: Landmarks = [a, b, c, d, e];
    const crop = alignFace(image, landmarks, template, 112);
    const worst = largestDifference(crop, (x, y) => {
      const at = apply(toImage, { x: x + 0.5, y: y + 0.5 });
      return scene(at.x / zoom, at.y / zoom);
    });
    expect(worst).toBeLessThan(2.5);
  });

  it('averages the noise of a large face instead of picking pixels of it', () => {
    const side = 1000;
    let state = 1;
    const data = Uint8Array.from({ length: side * side * 3 }, () => {
      state = (state * 48271) % 2147483647;
      return 128 + ((state % 101) - 50);
    });
    const landmarks = centres.map(({ x, y }) => ({ x: 8 * x, y: 8 * y })) as unknown as Landmarks;
    const crop = alignFace({ format: 'rgb24', width: side, height: side, data }, landmarks, template, 112);
    const variance = crop.reduce((sum, value) => sum + (value - 128) ** 2, 0) / crop.length;
    // One pixel has a variance of 850; the mean of 8 x 8 has a 64th.
    expect(variance).toBeLessThan(850 / 30);
  });

  it('is black where it reaches beyond the image', () => {
    const image: Image = { format: 'rgb24', width: 50, height: 50, data: new Uint8Array(7500).fill(200) };
    const landmarks = centres as unknown as Landmarks;
    const crop = alignFace(image, landmarks, template, 112);
    expect(crop[(20 * 112 + 20) * 3]).toBe(200);
    expect(crop[(80 * 112 + 80) * 3]).toBe(0);
  });

  it('has no content, and raises nothing, for a face far outside the image', () => {
    const image: Image = { format: 'rgb24', width: 50, height: 50, data: new Uint8Array(7500).fill(200) };
    const far = centres.map(({ x }) => ({ x: x + 1e6, y: Number.NaN })) as unknown as Landmarks;
    expect(alignFace(image, far, template, 112).every(value => value === 0)).toBe(true);
  });

  it('seen in a mirror twice is itself', () => {
    const crop = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => i);
    expect([...mirror(crop, 4).subarray(0, 3)]).toEqual([9, 10, 11]);
    expect(mirror(mirror(crop, 4), 4)).toEqual(crop);
  });
});
