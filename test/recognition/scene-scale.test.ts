import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSceneScale } from '../../src/recognition/scene-scale.ts';
import { createStreamSizes } from '../../src/recognition/stream-sizes.ts';

const side = fc.integer({ min: 16, max: 4000 });
const size = fc.record({ width: side, height: side });

describe('the coordinates of a scene', () => {
  it('put the same part of the scene at the same place, whichever stream shows it', () => {
    const share = fc.double({ min: -0.2, max: 1.2, noNaN: true });
    fc.assert(
      fc.property(size, size, fc.tuple(share, share, share, share), (reference, full, [a, b, c, d]) => {
        const boxIn = ({ width, height }: typeof full) => ({
          left: a * width,
          top: b * height,
          right: c * width,
          bottom: d * height,
        });
        const scene = createSceneScale();
        scene.refer(reference);
        const placed = scene.place(boxIn(full), full);
        for (const [key, value] of Object.entries(boxIn(reference)))
          expect(placed[key as keyof typeof placed]).toBeCloseTo(value, 6);
      }),
    );
  });

  it('are those of the first picture until another one is referred to', () => {
    const box = { left: 10, top: 20, right: 30, bottom: 40 };
    const scene = createSceneScale();
    expect(scene.place(box, { width: 640, height: 360 })).toEqual(box);
    expect(scene.place(box, { width: 1280, height: 720 })).toEqual({
      left: 5,
      top: 10,
      right: 15,
      bottom: 20,
    });
    scene.refer({ width: 1280, height: 720 });
    expect(scene.place(box, { width: 1280, height: 720 })).toEqual(box);
  });
});

describe('the sizes of two streams', () => {
  it('are guessed before the main stream was seen, and known afterwards', () => {
    const sizes = createStreamSizes();
    sizes.see(360);
    expect(sizes.heights(30, 360)).toEqual({ small: 30, large: 90 });
    expect(sizes.isDetail(360)).toBe(false);
    sizes.see(720);
    expect(sizes.heights(30, 360)).toEqual({ small: 30, large: 60 });
    expect(sizes.heights(60, 720)).toEqual({ small: 30, large: 60 });
    expect([sizes.isDetail(360), sizes.isDetail(720)]).toEqual([false, true]);
  });
});
