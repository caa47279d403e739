import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { FacegateError } from '../../src/domain/errors.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';

const OPTIONS = { maxPixels: 25_000_000, input: { width: 640, height: 480 } };

async function refusal(bytes: Uint8Array, options = OPTIONS): Promise<FacegateError> {
  const error: unknown = await decodeStill(bytes, options).then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FacegateError);
  return error as FacegateError;
}

describe('an upload that is no usable image', () => {
  it('is refused by the size in its header before anything is decoded', async () => {
    const bomb = pngClaiming(16_000, 16_000);
    const before = performance.now();
    const error = await refusal(bomb);
    expect(error.code).toBe('too_large');
    expect(error.message).toContain('16000 x 16000');
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it.each([
    [20_000, 1],
    [1, 20_000],
  ])('is refused where it is a thread of %i x %i', async (width, height) => {
    expect(await refusal(pngClaiming(width, height))).toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('16384 on each side'),
    });
  });

  it.each([
    ['GIF', 'GIF89a\x01\0\x01\0'],
    ['TIFF', 'II*\0\x08\0\0\0'],
    ['BMP', 'BM\x3e\0\0\0'],
    ['PDF', '%PDF-1.7\n'],
    ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['AVIF', '\0\0\0\x18ftypavif\0\0\0\0mif1avif'],
    ['SVG', '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['not an image', 'hello'],
    ['not an image', ''],
  ])('is refused as unsupported where it is %s', async (name, text) => {
    const error = await refusal(Buffer.from(text, 'latin1'));
    expect(error.code).toBe('unsupported_media');
    expect(error.message).toContain(name);
  });

  it('finds no other loader even behind the check of its first bytes', async () => {
    const gif = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
    await refusal(gif);
    for (const bytes of [gif, svg]) {
      // decodeStill restricts the library itself once it decodes anything.
      await refusal(pngClaiming(16_000, 16_000));
      await expect(sharp(bytes).metadata()).rejects.toThrow('unsupported image format');
    }
  });

  it.each(['jpeg', 'png', 'webp'] as const)('is refused where a %s was cut off', async format => {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const image = sharp({ create: { width: 200, height: 200, channels: 3, background: 'gray', noise } });
    const bytes = await image.toFormat(format).toBuffer();
    const error = await refusal(bytes.subarray(0, bytes.length / 2));
    expect(error.code).toBe('image_undecodable');
    expect(error.message).toMatch(/^The image is damaged/);
  });

  it('is accepted where a decoder merely warns, as of stray bytes in a photograph', async () => {
    const bytes = await sharp({ create: { width: 80, height: 40, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer();
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
    const stray = Buffer.concat([bytes.subarray(0, scan), Buffer.from([0, 0, 0]), bytes.subarray(scan)]);
    expect(await decodeStill(stray, OPTIONS)).toMatchObject({ width: 80, height: 40 });
  });
});

const corpus = join(import.meta.dirname, '../../../shared/data/malformed');
const present = existsSync(corpus);
if (!present && process.env.CI === undefined) {
  process.stderr.write(`${corpus} is absent: malformed images are not tested here.\n`);
}

describe.runIf(present || process.env.CI !== undefined)('the corpus of malformed images', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'bmp'])(
    'gives an image or a refusal for each %s',
    async folder => {
      const names = readdirSync(join(corpus, folder));
      expect(names.length).toBeGreaterThan(30);
      for (const name of names) {
        const bytes = readFileSync(join(corpus, folder, name));
        const started = performance.now();
        const outcome: unknown = await decodeStill(bytes, OPTIONS).then(
          ({ picture: { small } }) =>
            small.data.length === small.width * small.height * 3 &&
            (small.width === 640 || small.height === 480),
          (error: unknown) => (error instanceof FacegateError ? error.code : error),
        );
        const fine = [true, 'unsupported_media', 'image_undecodable', 'too_large'];
        expect(fine, `${folder}/${name}: ${outcome}`).toContain(outcome);
        expect(performance.now() - started, `${folder}/${name} took too long`).toBeLessThan(2000);
      }
    },
  );
});

/** A PNG whose header claims a size that its few bytes of data cannot fill. */
function pngClaiming(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(1000))), chunk('IEND')];
  return Buffer.concat([signature, ...chunks]);
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
