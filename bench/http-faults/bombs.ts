import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { chunk, png, zeros } from './png.ts';

const MIB = 1024 * 1024;
const PIXEL = { width: 1, height: 1, bits: 8, colour: 2 };

/** Images that are small to send and costly to read, and files that are two things at once. */
export async function bombs(photo: Uint8Array): Promise<[name: string, bytes: Buffer][]> {
  const jpeg = await sharp(photo).resize(200).jpeg().toBuffer();
  const file = (text: string) => Buffer.from(text, 'latin1');
  const flat = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 4, background: 'teal' } });
  const frames = { width: 500, height: 60 * 500, pageHeight: 500, channels: 3 } as const;
  const animated = await sharp(Buffer.alloc(60 * 500 * 500 * 3), { raw: frames })
    .webp()
    .toBuffer();
  return [
    [
      'png of 256 megapixels in 31 KB',
      png({ width: 16_000, height: 16_000, bits: 1, colour: 0 }, zeros(16_000 * 2001)),
    ],
    [
      'png of 16 bits, interlaced, 24 megapixels',
      await flat(4900, 4900).toColourspace('rgb16').png({ progressive: true }).toBuffer(),
    ],
    ['png one pixel high', png({ width: 20_000_000, height: 1, bits: 1, colour: 0 }, zeros(2_500_001))],
    ['png one pixel wide', png({ width: 1, height: 20_000_000, bits: 1, colour: 0 }, zeros(40_000_000))],
    ['png of no size', png({ ...PIXEL, width: 0 }, zeros(4))],
    ['png of 2^31 - 1', png({ ...PIXEL, width: 0x7fffffff, height: 0x7fffffff }, zeros(4))],
    ['png of 2^32 - 1', png({ ...PIXEL, width: 0xffffffff, height: 0xffffffff }, zeros(4))],
    [
      'png with 256 MiB of text',
      png(
        PIXEL,
        chunk('zTXt', Buffer.concat([file('a\0\0'), deflateSync(Buffer.alloc(256 * MIB))])),
        zeros(4),
      ),
    ],
    [
      'png with 256 MiB of profile',
      png(
        PIXEL,
        chunk('iCCP', Buffer.concat([file('a\0\0'), deflateSync(Buffer.alloc(256 * MIB))])),
        zeros(4),
      ),
    ],
    ['png with 256 MiB too much data', png(PIXEL, zeros(256 * MIB))],
    [
      'png of 500,000 chunks',
      png(PIXEL, Buffer.concat(Array<Buffer>(500_000).fill(chunk('tEXt', file('a\0')))), zeros(4)),
    ],
    ['jpeg of 65,500 x 65,500', resized(jpeg, 65_500, 65_500)],
    ['jpeg of 5000 x 5000 that ends at once', resized(jpeg, 5000, 5000)],
    ['jpeg, progressive, 24 megapixels', await flat(4900, 4900).jpeg({ progressive: true }).toBuffer()],
    [
      'jpeg of 100,000 segments',
      Buffer.concat([
        jpeg.subarray(0, 2),
        ...Array<Buffer>(100_000).fill(file('\xff\xfe\0\x04ab')),
        jpeg.subarray(2),
      ]),
    ],
    [
      'jpeg of 8 MB of fill bytes',
      Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(7_900_000, 0xff), jpeg.subarray(2)]),
    ],
    ['webp of 60 frames', animated],
    ['webp of 16,383 x 1', await flat(16_383, 1).webp().toBuffer()],
    ['webp of 24 megapixels', await flat(4900, 4900).webp({ lossless: true }).toBuffer()],
    ['jpeg and zip', Buffer.concat([jpeg, file('PK\x03\x04'), Buffer.alloc(100)])],
    ['jpeg and html', Buffer.concat([jpeg, file('<html><script>alert(1)</script></html>')])],
    [
      'jpeg with php in a comment',
      Buffer.concat([jpeg.subarray(0, 2), file('\xff\xfe\0\x1a<?php system($_GET[0])?>'), jpeg.subarray(2)]),
    ],
    [
      'jpeg head and svg',
      file('\xff\xd8\xff<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    ],
    ['png head and svg', file('\x89PNG\r\n\x1a\n<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['webp head and gif', file('RIFF\x10\0\0\0WEBPGIF89a\x01\0\x01\0')],
    ['gif', file('GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;')],
    [
      'svg that includes itself',
      file('<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/><g id="a"><use href="#a"/></g></svg>'),
    ],
    ['tiff', await sharp(photo).resize(50).tiff().toBuffer()],
    ['avif', file('\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf')],
    ['pdf', file('%PDF-1.7\n')],
    [
      'ImageMagick script',
      file(
        'push graphic-context\nviewbox 0 0 1 1\nimage over 0,0 0,0 "https://127.0.0.1/"\npop graphic-context',
      ),
    ],
    ['a single byte', file('\xff')],
    ['text', file('hello')],
  ];
}

/** The same JPEG with another size in its frame header (ITU-T T.81, B.2.2). */
function resized(jpeg: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(jpeg);
  const at = changed.indexOf(Buffer.from([0xff, 0xc0]));
  changed.writeUInt16BE(height, at + 5);
  changed.writeUInt16BE(width, at + 7);
  return changed;
}
