import sharp, { type Sharp } from 'sharp';
import type { Chance } from './chance.ts';
import { repaired } from './png.ts';

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];

/** Small sound images of every kind that is taken: what mutations begin with. */
export async function soundImages(photo: Uint8Array): Promise<Buffer[]> {
  const small = (width: number) => sharp(photo).resize(width);
  const kinds: ((image: Sharp) => Sharp)[] = [
    image => image.jpeg(),
    image => image.jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
    image => image.jpeg().withMetadata({ orientation: 6, exif: { IFD0: { Copyright: 'x'.repeat(300) } } }),
    image => image.toColourspace('cmyk').jpeg(),
    image => image.greyscale().jpeg({ restartInterval: 2 } as object),
    image => image.png(),
    image => image.png({ palette: true, colours: 16 }),
    image => image.png({ progressive: true }),
    image => image.ensureAlpha(0.5).toColourspace('rgb16').png(),
    image => image.withIccProfile('p3').png(),
    image => image.webp(),
    image => image.webp({ lossless: true }),
    image => image.ensureAlpha(0.3).webp({ alphaQuality: 50 }),
  ];
  return Promise.all(kinds.flatMap(kind => [64, 129].map(width => kind(small(width)).toBuffer())));
}

/** One of the images with one to four faults in it; every second PNG with check sums that hide them. */
export function mutation(images: readonly Buffer[], chance: Chance): Buffer {
  let bytes: Buffer = Buffer.from(chance.oneOf(images));
  for (let count = 1 + chance.int(4); count > 0 && bytes.length > 0; count--)
    bytes = chance.oneOf(FAULTS)(bytes, chance, images);
  return bytes[0] === 0x89 && chance.int(2) === 0 ? repaired(bytes) : bytes;
}

type Fault = (bytes: Buffer, chance: Chance, images: readonly Buffer[]) => Buffer;

const FAULTS: readonly Fault[] = [
  (bytes, chance) => {
    for (let count = 1 + chance.int(16); count > 0; count--) {
      const at = chance.int(bytes.length);
      bytes[at] = bytes[at]! ^ (1 << chance.int(8));
    }
    return bytes;
  },
  (bytes, chance) => {
    // Most of what a decoder believes stands at the front.
    const at = chance.int(Math.min(bytes.length, 256));
    const width = Math.min(chance.oneOf([1, 2, 4]), bytes.length - at);
    const value = chance.oneOf(INTERESTING) % 2 ** (8 * width);
    if (chance.int(2) === 0) bytes.writeUIntBE(value, at, width);
    else bytes.writeUIntLE(value, at, width);
    return bytes;
  },
  (bytes, chance) => bytes.subarray(0, chance.int(bytes.length + 1)),
  (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, chance) => {
    const [from, to] = range(bytes, chance);
    return Buffer.concat([
      bytes.subarray(0, from),
      chance.bytes(Math.min(to - from, 512)),
      bytes.subarray(to),
    ]);
  },
  (bytes, chance, images) => {
    const other = chance.oneOf(images);
    return Buffer.concat([
      bytes.subarray(0, chance.int(bytes.length)),
      other.subarray(chance.int(other.length)),
    ]);
  },
];

function range(bytes: Buffer, chance: Chance): [number, number] {
  const ends = [chance.int(bytes.length + 1), chance.int(bytes.length + 1)].sort((a, b) => a - b);
  return [ends[0]!, ends[1]!];
}
