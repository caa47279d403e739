import { describe, expect, it } from 'vitest';
import { fitScale, imageBytes, type Picture } from '../../src/domain/image.ts';
import { createPreview, type Preview, type PreviewPicture } from '../../src/ingest/preview.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { createLogger, silentLogger } from '../../src/platform/logger.ts';

const RED = [200, 30, 40];
const BLUE = [20, 40, 200];

/** A picture of one colour as ingest lends it. */
function lent(full: { width: number; height: number }, input = { width: 480, height: 360 }, colour = RED) {
  const scale = fitScale(full, input);
  const [width, height] = [Math.round(full.width * scale), Math.round(full.height * scale)];
  const data = new Uint8Array(new SharedArrayBuffer(imageBytes('yuv420p', width, height)));
  const [luma, chroma] = [width * height, Math.ceil(width / 2) * Math.ceil(height / 2)];
  for (const [plane, value] of yuvOf(colour).entries())
    data.fill(value, plane === 0 ? 0 : luma + (plane - 1) * chroma, luma + plane * chroma);
  const small = { format: 'yuv420p', width, height, data } as const;
  return { small, full: { format: 'yuv420p', ...full, data: new Uint8Array() }, scale } satisfies Picture;
}

/** Source: ITU-R BT.601, limited range. */
function yuvOf([r, g, b]: number[]): number[] {
  return [
    16 + 0.2568 * r! + 0.5041 * g! + 0.0979 * b!,
    128 - 0.1482 * r! - 0.291 * g! + 0.4392 * b!,
    128 + 0.4392 * r! - 0.3678 * g! - 0.0714 * b!,
  ];
}

const next = (preview: Preview) =>
  new Promise<PreviewPicture>(resolve => {
    const stop = preview.watch(picture => {
      stop();
      resolve(picture);
    });
  });

/** Size of a JPEG, and the colour of its darkest and of its first pixel. */
async function seen({ jpeg }: PreviewPicture) {
  const { picture, format } = await decodeStill(jpeg, { maxPixels: 1e6, input: { width: 32, height: 32 } });
  const { width, height, data } = picture.full;
  let darkest = 255;
  for (let at = 0; at < data.length; at += 3)
    darkest = Math.min(darkest, Math.max(data[at], data[at + 1], data[at + 2]));
  return { format, width, height, darkest, first: [...data.subarray(0, 3)] };
}

describe('a preview', () => {
  it.each([
    ['a wide picture', { width: 1920, height: 1080 }, { width: 480, height: 270 }],
    ['a tall picture', { width: 720, height: 1280 }, { width: 203, height: 360 }],
    ['a picture of the same shape', { width: 640, height: 480 }, { width: 480, height: 360 }],
  ])('shows %s without the black around it', async (_what, full, size) => {
    const preview = createPreview({ log: silentLogger });
    const picture = next(preview);
    preview.offer(lent(full), 1234);
    expect((await picture).capturedAt).toBe(1234);
    const { darkest, first, ...rest } = await seen(await picture);
    expect(rest).toEqual({ format: 'jpeg', ...size });
    expect(darkest).toBeGreaterThan(150);
    for (const [at, value] of RED.entries()) expect(Math.abs(first[at] - value)).toBeLessThan(12);
  });

  it('does nothing while nobody watches', async () => {
    const preview = createPreview({ log: silentLogger });
    let looks = 0;
    const { full, scale, small } = lent({ width: 640, height: 360 });
    const picture: Picture = {
      full,
      scale,
      get small() {
        looks++;
        return small;
      },
    };
    preview.offer(picture, 1);
    const stop = preview.watch(() => {});
    stop();
    stop();
    preview.offer(picture, 2);
    expect(looks).toBe(0);
    const watched = next(preview);
    preview.offer(picture, 3);
    expect((await watched).capturedAt).toBe(3);
    expect(looks).toBe(1);
  });

  it('encodes a frame once for all who watch, and leaves out frames meanwhile', async () => {
    const preview = createPreview({ log: silentLogger });
    const got: PreviewPicture[][] = [[], []];
    const stops = got.map(pictures => preview.watch(picture => void pictures.push(picture)));
    const picture = lent({ width: 640, height: 360 });
    for (let at = 1; at <= 5; at++) preview.offer(picture, at);
    await expect.poll(() => got[1]!.length).toBe(1);
    stops[0]!();
    preview.offer(picture, 6);
    await expect.poll(() => got[1]!.length).toBe(2);
    expect(got.map(pictures => pictures.map(({ capturedAt }) => capturedAt))).toEqual([[1], [1, 6]]);
    expect(got[0]![0]).toBe(got[1]![0]);
    stops[1]!();
  });

  it('keeps nothing of the lent picture', async () => {
    const preview = createPreview({ log: silentLogger });
    const picture = lent({ width: 640, height: 360 });
    const made = next(preview);
    preview.offer(picture, 1);
    picture.small.data.set(lent({ width: 640, height: 360 }, undefined, BLUE).small.data);
    const { first } = await seen(await made);
    expect(first[0]).toBeGreaterThan(150);
  });

  it('says so when a picture cannot be made, and goes on', async () => {
    const lines: string[] = [];
    const preview = createPreview({
      log: createLogger({ level: 'debug', write: line => void lines.push(line) }),
    });
    const made = next(preview);
    const broken = lent({ width: 640, height: 360 });
    preview.offer({ ...broken, small: { ...broken.small, width: 0 } }, 1);
    await expect.poll(() => lines.length).toBe(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'error', msg: expect.stringContaining('preview') });
    preview.offer(broken, 2);
    expect((await made).capturedAt).toBe(2);
  });

  it('holds on to no pictures', async () => {
    const preview = createPreview({ log: silentLogger });
    const picture = lent({ width: 1280, height: 720 }, { width: 640, height: 480 });
    const make = async (times: number) => {
      for (let at = 0; at < times; at++) {
        const made = next(preview);
        preview.offer(picture, at);
        await made;
      }
      return process.memoryUsage().rss / 2 ** 20;
    };
    const before = await make(200);
    expect((await make(600)) - before).toBeLessThan(60);
  });
});
