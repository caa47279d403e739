import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { StillFormat } from '../../src/ingest/image-format.ts';
import { encodingOf } from '../../src/ingest/still-encoding.ts';

const photo = sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } });
const encoded = (encode: (image: Sharp) => Sharp) => encode(photo.clone()).toBuffer();
const MARKER = { frame: 0xc0, arithmetic: 0xc9, lossless: 0xc3, scan: 0xda };

async function encoding(format: StillFormat, bytes: Uint8Array) {
  return encodingOf(format, bytes, await sharp(bytes).metadata());
}

/** The same file with other bytes put in before its first marker of this kind. */
function putBefore(jpeg: Buffer, marker: number, bytes: Uint8Array): Buffer {
  const at = jpeg.indexOf(Buffer.from([0xff, marker]));
  return Buffer.concat([jpeg.subarray(0, at), bytes, jpeg.subarray(at)]);
}

describe('how an image is stored', () => {
  it.each<[string, StillFormat, (image: Sharp) => Sharp]>([
    ['a JPEG', 'jpeg', image => image.jpeg()],
    ['a JPEG', 'jpeg', image => image.grayscale().jpeg()],
    ['a JPEG', 'jpeg', image => image.withMetadata({ exif: { IFD0: { Copyright: 'x' } } }).jpeg()],
    ['a JPEG in CMYK', 'jpeg', image => image.toColourspace('cmyk').jpeg()],
    ['a progressive JPEG', 'jpeg', image => image.jpeg({ progressive: true })],
    ['a PNG', 'png', image => image.png()],
    ['a PNG of 16 bits', 'png', image => image.toColourspace('rgb16').png()],
    ['an interlaced PNG', 'png', image => image.png({ progressive: true })],
    ['an interlaced PNG of 16 bits', 'png', image => image.toColourspace('rgb16').png({ progressive: true })],
    ['a WebP', 'webp', image => image.webp()],
    ['a WebP', 'webp', image => image.ensureAlpha(0.5).webp()],
    ['a lossless WebP', 'webp', image => image.webp({ lossless: true })],
    ['a lossless WebP', 'webp', image => image.withMetadata({ orientation: 3 }).webp({ lossless: true })],
  ])('is told as %s', async (name, format, encode) => {
    expect((await encoding(format, await encoded(encode)))?.name).toBe(name);
  });

  it('is told of the first picture of an animation', async () => {
    const two = sharp([await encoded(image => image.png()), await encoded(image => image.negate().png())], {
      join: { animated: true },
    });
    expect((await encoding('webp', await two.clone().webp({ lossless: true }).toBuffer()))?.name).toBe(
      'a lossless WebP',
    );
    expect((await encoding('webp', await two.clone().webp().toBuffer()))?.name).toBe('a WebP');
  });

  it('is the dearer the more scans a JPEG has, however many are hidden', async () => {
    const jpeg = await encoded(image => image.jpeg({ progressive: true }));
    const scan = jpeg.subarray(jpeg.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
    const many = Buffer.concat([jpeg.subarray(0, -2), ...Array<Buffer>(500).fill(scan), jpeg.subarray(-2)]);
    const [few, more] = [jpeg, many].map(bytes => encodingOf('jpeg', bytes, {})!.effort);
    expect(more! - few!).toBeCloseTo(500 * 0.02);
  });

  it('is the dearer the more samples a progressive JPEG has for a pixel', async () => {
    const effort = async (encode: (image: Sharp) => Sharp) =>
      encodingOf('jpeg', await encoded(encode), {})!.effort;
    const half = await effort(image => image.jpeg({ progressive: true }));
    const full = await effort(image => image.jpeg({ progressive: true, chromaSubsampling: '4:4:4' }));
    expect(full - half).toBeCloseTo(0.75 * 1.5);
  });

  it('is dear where a baseline JPEG keeps each colour in a scan of its own', async () => {
    const jpeg = await encoded(image => image.jpeg());
    const changed = Buffer.from(jpeg);
    changed[jpeg.indexOf(Buffer.from([0xff, MARKER.scan])) + 4] = 1;
    expect(encodingOf('jpeg', changed, {})).toMatchObject({ name: 'a JPEG that is not interleaved' });
    expect(encodingOf('jpeg', changed, {})!.effort).toBeGreaterThan(2);
  });

  it('is what the first frame says, behind fill bytes and the thumbnail of a camera', async () => {
    const jpeg = await encoded(image => image.jpeg());
    const thumbnail = await encoded(image => image.resize(8).jpeg({ progressive: true }));
    const head = Buffer.from([0xff, 0xe1, 0, 0]);
    head.writeUInt16BE(thumbnail.length + 2, 2);
    const photograph = putBefore(
      jpeg,
      MARKER.frame,
      Buffer.concat([head, thumbnail, Buffer.alloc(100, 0xff)]),
    );
    expect(encodingOf('jpeg', photograph, {})?.name).toBe('a JPEG');
  });

  it.each(['arithmetic', 'lossless'] as const)(
    'is none that is taken where the coding is %s',
    async coding => {
      const jpeg = await encoded(image => image.jpeg());
      const changed = Buffer.from(jpeg);
      changed[jpeg.indexOf(Buffer.from([0xff, MARKER.frame])) + 1] = MARKER[coding];
      expect(encodingOf('jpeg', changed, {})).toBeUndefined();
    },
  );

  it.each([
    ['no scan', (jpeg: Buffer) => jpeg.subarray(0, jpeg.indexOf(Buffer.from([0xff, MARKER.scan])))],
    [
      '5000 segments',
      (jpeg: Buffer) => putBefore(jpeg, MARKER.frame, Buffer.from('\xff\xfe\0\x02'.repeat(5000), 'latin1')),
    ],
    ['5000 fill bytes', (jpeg: Buffer) => putBefore(jpeg, MARKER.frame, Buffer.alloc(5000, 0xff))],
    ['nothing', () => Buffer.from([0xff, 0xd8, 0xff])],
  ])('is not known of a JPEG with %s', async (_what, change) => {
    expect(encodingOf('jpeg', change(await encoded(image => image.jpeg())), {})).toBeUndefined();
  });
});
