import sharp from 'sharp';

const WALL = { width: 1280, height: 720 };
const SCREEN_HEIGHT = 420;
const BEZEL = 18;

/**
 * A photo as a camera would see it on the screen of a telephone held up to it: blurred, with moire and a veil of glare, inside a
 * dark bezel, before a wall. JPEG. A rendering, not a re-filmed picture: it tells how the program behaves, not how often it errs.
 */
export async function refilmed(photo: Buffer): Promise<Buffer> {
  const { data, info } = await sharp(photo)
    .autoOrient()
    .resize({ height: SCREEN_HEIGHT })
    .blur(0.8)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const screen = await sharp(withMoire(data, info.width), {
    raw: { width: info.width, height: info.height, channels: 3 },
  })
    .extend({ top: 2 * BEZEL, bottom: 2 * BEZEL, left: BEZEL, right: BEZEL, background: '#0c0c0e' })
    .png()
    .toBuffer();
  return sharp(wall(), { raw: { ...WALL, channels: 3 } })
    .composite([{ input: screen, gravity: 'centre' }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

function withMoire(pixels: Buffer, width: number): Buffer {
  const glare = [8, 14, 26];
  return Buffer.from(
    Uint8ClampedArray.from(pixels, (value, at) => {
      const x = Math.floor(at / 3) % width;
      const y = Math.floor(at / 3 / width);
      const beat = Math.sin(2 * Math.PI * (x / 5.3 + y / 31)) * Math.sin(2 * Math.PI * (y / 4.7 + x / 43));
      return 0.9 * value * (1 + 0.1 * beat) + glare[at % 3]!;
    }),
  );
}

/** Plaster: unevenly lit, with grain. */
function wall(): Buffer {
  const out = Buffer.alloc(WALL.width * WALL.height * 3);
  for (let y = 0, at = 0; y < WALL.height; y++)
    for (let x = 0; x < WALL.width; x++, at += 3) {
      const grain = ((x * 7919 + y * 104729) % 13) - 6;
      const value = 150 + (40 * x) / WALL.width - (30 * y) / WALL.height + grain;
      out[at] = value;
      out[at + 1] = 0.97 * value;
      out[at + 2] = 0.9 * value;
    }
  return out;
}
