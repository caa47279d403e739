import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleKernel, binaryIn } from '../../../scripts/kernel/assemble.ts';
import { type Image, imageBytes, type PixelFormat } from '../../../src/domain/image.ts';
import { createPixelMemory, type PixelBatch } from '../../../src/platform/pixels/pixel-memory.ts';
import { repositoryRoot } from '../../support/engine.ts';
import { rgbTwin, thirdTwin } from './kernel-twin.ts';

const folder = join(repositoryRoot, 'src/platform/pixels');

const imageOf = (format: PixelFormat) =>
  fc
    .record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 20 }) })
    .chain(({ width, height }) => {
      const length = imageBytes(format, width, height);
      return fc
        .uint8Array({ minLength: length, maxLength: length })
        .map((data): Image => ({ format, width, height, data }));
    });
const anyImage = fc.constantFrom<PixelFormat>('rgb24', 'yuv420p').chain(imageOf);

/** The pixels of one image of a batch in its top-left `width` x `height`, and all that lie outside. */
function split(batch: PixelBatch, index: number, { width, height }: Image) {
  const inside: number[] = [];
  const outside = new Set<number>();
  for (let row = 0; row < batch.height; row++)
    for (let at = 0; at < 3 * batch.width; at++) {
      const value = batch.pixels[((index * batch.height + row) * batch.width + 0) * 3 + at]!;
      if (row < height && at < 3 * width) inside.push(value);
      else outside.add(value);
    }
  return { inside, outside: [...outside] };
}

describe('the pixel kernel', () => {
  it('is what its source assembles to, byte for byte', async () => {
    expect(await assembleKernel(folder)).toBe(await readFile(binaryIn(folder), 'utf8'));
  });

  it('turns every colour into what the formula says, to within one step', () => {
    const memory = createPixelMemory();
    const values = [0, 1, 15, 16, 17, 64, 127, 128, 129, 200, 235, 240, 254, 255];
    for (const u of values)
      for (const v of values) {
        const luma = Uint8Array.from({ length: 256 }, (_, at) => at);
        const data = Uint8Array.of(...luma, ...Array(128).fill(u), ...Array(128).fill(v));
        const image: Image = { format: 'yuv420p', width: 256, height: 1, data };
        const { pixels } = memory.join([image], { width: 256, height: 1 });
        const twin = rgbTwin(image);
        const off = pixels.reduce((most, value, at) => Math.max(most, Math.abs(value - twin[at]!)), 0);
        expect(off, `u ${u}, v ${v}`).toBeLessThanOrEqual(1);
      }
  });
});

describe('a pixel memory', () => {
  it('puts images of any size and format into the corner of their place and leaves the rest black', () => {
    const memory = createPixelMemory();
    fc.assert(
      fc.property(fc.array(anyImage, { minLength: 1, maxLength: 3 }), fc.nat(9), (images, more) => {
        const size = {
          width: Math.max(...images.map(({ width }) => width)) + more,
          height: Math.max(...images.map(({ height }) => height)) + more,
        };
        const batch = memory.join(images, size);
        expect(batch).toMatchObject({ count: images.length, ...size });
        for (const [index, image] of images.entries()) {
          const { inside, outside } = split(batch, index, image);
          const twin = image.format === 'rgb24' ? [...image.data] : rgbTwin(image);
          const off = inside.reduce((most, value, at) => Math.max(most, Math.abs(value - twin[at]!)), 0);
          expect(off).toBeLessThanOrEqual(image.format === 'rgb24' ? 0 : 1);
          expect(inside).toHaveLength(twin.length);
          expect(outside.filter(value => value !== 0)).toEqual([]);
        }
      }),
    );
  });

  it('makes thirds and ninths of a batch that hold the means of nine pixels, and leaves the batch as it was', () => {
    const memory = createPixelMemory();
    fc.assert(
      fc.property(fc.array(imageOf('rgb24'), { minLength: 1, maxLength: 3 }), images => {
        const size = {
          width: Math.max(...images.map(({ width }) => width)),
          height: Math.max(...images.map(({ height }) => height)),
        };
        const batch = memory.join(images, size);
        const before = [...batch.pixels];
        let level = batch;
        for (let step = 0; step < 2; step++) {
          const third = memory.third(level);
          const bytes = 3 * level.width * level.height;
          const twins = images.flatMap((_, index) =>
            thirdTwin(level.pixels.subarray(index * bytes, (index + 1) * bytes), level.width, level.height),
          );
          expect([...third.pixels]).toEqual(twins);
          level = third;
        }
        expect([...batch.pixels]).toEqual(before);
      }),
    );
  });
});
