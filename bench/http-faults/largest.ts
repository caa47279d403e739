import sharp, { type Sharp } from 'sharp';

const MOST_BYTES = 8 * 1024 * 1024 - 1024;
const GRAIN = 1024;
// WebP has no room for all of it at better ones.
const QUALITIES = [85, 70, 50, 30, 15, 5];

/** Images a little within what is taken of each kind (README, limits of REST), and as full of detail as 8 MiB can be: nothing that is let in costs more. */
export async function largestTaken(photo: Uint8Array): Promise<[name: string, bytes: Buffer][]> {
  const grain = await sharp({
    create: {
      ...{ width: GRAIN, height: GRAIN, channels: 3, background: 'gray' },
      noise: { type: 'gaussian', mean: 128, sigma: 50 },
    },
  })
    .blur(1)
    .png()
    .toBuffer();
  const lossy: [string, number, (image: Sharp, quality: number) => Sharp][] = [
    ['jpeg of a phone', 49.9, (image, quality) => image.jpeg({ quality })],
    [
      'jpeg of a phone, on its side',
      49.9,
      (image, quality) => image.withMetadata({ orientation: 6 }).jpeg({ quality }),
    ],
    ['jpeg with all colours', 49.9, (image, quality) => image.jpeg({ quality, chromaSubsampling: '4:4:4' })],
    ['jpeg, progressive', 17, (image, quality) => image.jpeg({ quality, progressive: true })],
    [
      'jpeg, progressive, with all colours',
      12.2,
      (image, quality) => image.jpeg({ quality, progressive: true, chromaSubsampling: '4:4:4' }),
    ],
    [
      'jpeg, progressive, CMYK',
      3.35,
      (image, quality) =>
        image.toColourspace('cmyk').jpeg({ quality, progressive: true, chromaSubsampling: '4:4:4' }),
    ],
    ['webp', 12.4, (image, quality) => image.webp({ quality, effort: 0 })],
    ['webp with transparency', 12.4, (image, quality) => image.ensureAlpha(0.5).webp({ quality, effort: 0 })],
  ];
  // A byte or more for each pixel would be too many, so these are coarse.
  const lossless: [string, number, (image: Sharp) => Sharp][] = [
    ['webp, lossless', 9.9, image => image.webp({ lossless: true, effort: 0 })],
    ['png', 24.9, image => image.png()],
    ['png with transparency', 24.9, image => image.ensureAlpha(0.5).png()],
    ['png of 16 bits', 8.3, image => image.ensureAlpha(0.5).toColourspace('rgb16').png()],
    ['png, interlaced', 6.2, image => image.ensureAlpha(0.5).png({ progressive: true })],
    [
      'png of 16 bits, interlaced',
      3.1,
      image => image.ensureAlpha(0.5).toColourspace('rgb16').png({ progressive: true }),
    ],
  ];
  const made: [string, Buffer][] = [];
  for (const [name, megapixels, encode] of lossy) {
    const size = sizeOf(megapixels);
    const picture = await sharp({ create: { ...size, channels: 3, background: 'gray' } })
      .composite([{ input: grain, tile: true }])
      .raw()
      .toBuffer();
    const raw = { ...size, channels: 3 } as const;
    // Told from the grain alone, the best quality may still be a little too good.
    const best = await bestQuality(q => encode(sharp(grain), q), megapixels);
    for (const quality of QUALITIES.filter(each => each <= best)) {
      const bytes = await encode(sharp(picture, { raw, limitInputPixels: false }), quality).toBuffer();
      if (bytes.length > MOST_BYTES) continue;
      made.push([name, bytes]);
      break;
    }
  }
  for (const [name, megapixels, encode] of lossless) {
    const image = sharp(photo).resize({ ...sizeOf(megapixels), fit: 'fill', kernel: 'nearest' });
    made.push([name, await encode(image).toBuffer()]);
  }
  return made;
}

/** The best quality at which so many megapixels fit, told from the one of the grain. */
async function bestQuality(encode: (quality: number) => Sharp, megapixels: number): Promise<number> {
  for (const quality of QUALITIES) {
    const { length } = await encode(quality).toBuffer();
    if ((length * megapixels * 1e6) / GRAIN ** 2 < MOST_BYTES) return quality;
  }
  throw new Error(`${megapixels} megapixels do not fit`);
}

function sizeOf(megapixels: number): { width: number; height: number } {
  const height = Math.floor(Math.sqrt((megapixels * 1e6 * 3) / 4));
  return { width: Math.floor((height * 4) / 3), height };
}
