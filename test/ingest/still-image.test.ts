import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Image } from '../../src/domain/image.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';

const OPTIONS = { maxPixels: 25_000_000, input: { width: 640, height: 480 } };
const RED = [220, 30, 30];
const GREEN = [30, 200, 30];
const BLUE = [30, 30, 220];
const WHITE = [250, 250, 250];

/** An image of 80 x 40 whose quarters are red, green / blue, white. */
function quarters(): Promise<Buffer> {
  const data = Buffer.alloc(80 * 40 * 3);
  for (let y = 0; y < 40; y++) {
    for (let x = 0; x < 80; x++) {
      data.set(y < 20 ? (x < 40 ? RED : GREEN) : x < 40 ? BLUE : WHITE, (y * 80 + x) * 3);
    }
  }
  return sharp(data, { raw: { width: 80, height: 40, channels: 3 } })
    .png()
    .toBuffer();
}

function pixel({ data, width }: Image, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

function expectColour(actual: number[], expected: number[], tolerance = 6): void {
  for (const [at, value] of actual.entries()) {
    expect(Math.abs(value - expected[at]!), `${actual} instead of ${expected}`).toBeLessThanOrEqual(
      tolerance,
    );
  }
}

describe('a still image', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('is decoded from %s', async format => {
    const bytes = await sharp(await quarters())
      .toFormat(format, { quality: 95 })
      .toBuffer();
    const still = await decodeStill(bytes, OPTIONS);
    expect(still).toMatchObject({ format, width: 80, height: 40, toOriginal: 1 });
    const { full, small, scale } = still.picture;
    expect(full).toMatchObject({ format: 'rgb24', width: 80, height: 40 });
    expect(full.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expectColour(pixel(full, 10, 10), RED, 12);
    expectColour(pixel(full, 70, 30), WHITE, 12);
    expect(scale).toBe(8);
    expect(small).toMatchObject({ format: 'rgb24', width: 640, height: 320 });
    expectColour(pixel(small, 100, 280), BLUE, 12);
  });

  // Where the stored image's top-left (red) and top-right (green) quarters must come to lie, per EXIF 2.3 tag 0x0112.
  it.each([
    [1, 'top left', 'top right'],
    [2, 'top right', 'top left'],
    [3, 'bottom right', 'bottom left'],
    [4, 'bottom left', 'bottom right'],
    [5, 'top left', 'bottom left'],
    [6, 'top right', 'bottom right'],
    [7, 'bottom right', 'top right'],
    [8, 'bottom left', 'top left'],
  ])('with EXIF orientation %i is turned upright', async (orientation, red, green) => {
    const bytes = await sharp(await quarters())
      .withMetadata({ orientation })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const { picture, width, height, toOriginal } = await decodeStill(bytes, OPTIONS);
    expect([width, height]).toEqual(orientation >= 5 ? [40, 80] : [80, 40]);
    expect(toOriginal).toBe(1);
    const at = (corner: string) =>
      pixel(
        picture.full,
        corner.endsWith('right') ? width - 8 : 8,
        corner.startsWith('bottom') ? height - 8 : 8,
      );
    expectColour(at(red), RED, 12);
    expectColour(at(green), GREEN, 12);
  });

  it('larger than the longest side is scaled down, and says by how much', async () => {
    const bytes = await sharp({ create: { width: 3000, height: 1501, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer();
    const still = await decodeStill(bytes, { ...OPTIONS, maxSide: 1000 });
    expect(still.picture.full).toMatchObject({ width: 1000, height: 500 });
    expect([still.width, still.height, still.toOriginal]).toEqual([3000, 1501, 3]);
  });

  it('is turned upright also where it is scaled down', async () => {
    const big = await sharp(await quarters())
      .resize({ width: 4000, height: 2000, kernel: 'nearest' })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const still = await decodeStill(big, { ...OPTIONS, maxSide: 500 });
    expect(still).toMatchObject({ width: 2000, height: 4000, toOriginal: 8 });
    const { full } = still.picture;
    expect(full).toMatchObject({ width: 250, height: 500 });
    expectColour(pixel(full, 200, 50), RED, 12);
    expectColour(pixel(full, 200, 450), GREEN, 12);
  });

  it('shows paper through its transparent parts', async () => {
    const background = { r: 255, g: 0, b: 0, alpha: 0.5 };
    const bytes = await sharp({ create: { width: 20, height: 20, channels: 4, background } })
      .png()
      .toBuffer();
    const { picture } = await decodeStill(bytes, OPTIONS);
    expectColour(pixel(picture.full, 5, 5), [255, 127, 127]);
  });

  it.each([
    ['gray', async (image: Sharp) => image.toColourspace('b-w').png().toBuffer()],
    ['gray with alpha', async (image: Sharp) => image.ensureAlpha().toColourspace('b-w').png().toBuffer()],
    ['gray of 16 bits', async (image: Sharp) => image.toColourspace('grey16').png().toBuffer()],
    ['gray in a JPEG', async (image: Sharp) => image.grayscale().jpeg().toBuffer()],
  ])('that is %s becomes sRGB of 8 bits', async (_, encode) => {
    const background = { r: 128, g: 128, b: 128 };
    const bytes = await encode(sharp({ create: { width: 20, height: 20, channels: 3, background } }));
    const { picture } = await decodeStill(bytes, OPTIONS);
    expect(picture.full.data).toHaveLength(20 * 20 * 3);
    expectColour(pixel(picture.full, 5, 5), [128, 128, 128]);
  });

  it('of 16 bits in colour becomes sRGB of 8 bits', async () => {
    const bytes = await sharp(await quarters())
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe('ushort');
    expectColour(pixel((await decodeStill(bytes, OPTIONS)).picture.full, 10, 10), RED);
  });

  it('in CMYK becomes sRGB', async () => {
    const background = { r: 200, g: 60, b: 60 };
    const bytes = await sharp({ create: { width: 20, height: 20, channels: 3, background } })
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe('cmyk');
    // The gamut of print is smaller, so only the hue can be asked for.
    const [red, green, blue] = pixel((await decodeStill(bytes, OPTIONS)).picture.full, 5, 5);
    expect(red! - Math.max(green!, blue!)).toBeGreaterThan(80);
  });

  it('that is animated shows its first picture', async () => {
    const pictures = await Promise.all(
      ['red', 'blue', 'lime'].map(background =>
        sharp({ create: { width: 16, height: 16, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const bytes = await sharp(pictures, { join: { animated: true } })
      .webp({ loop: 0 })
      .toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(3);
    const still = await decodeStill(bytes, OPTIONS);
    expect(still).toMatchObject({ width: 16, height: 16, format: 'webp' });
    expectColour(pixel(still.picture.full, 5, 5), [255, 0, 0], 12);
  });

  it('of one pixel, and one of an extreme shape, are decoded', async () => {
    for (const [width, height] of [
      [1, 1],
      [3000, 1],
      [1, 3000],
    ] as const) {
      const bytes = await sharp({ create: { width, height, channels: 3, background: 'gray' } })
        .png()
        .toBuffer();
      const { picture } = await decodeStill(bytes, OPTIONS);
      const { small } = picture;
      expect(Math.max(small.width / OPTIONS.input.width, small.height / OPTIONS.input.height)).toBe(1);
    }
  });
});
