import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Image, Picture } from '../../src/domain/image.ts';
import { resample } from '../../src/engine/crop.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { type ActiveTask, createActiveCheck } from '../../src/recognition/active-check.ts';
import { openTestEngine } from '../support/engine.ts';
import { faceVideo } from '../support/media.ts';

const FRAME_MS = 80;
const INPUT = { width: 480, height: 360 };
const CLIP = { width: 360, height: 288 };

/** Frames of the clip of a man who blinks at second seven. */
async function clip(from: number, seconds: number): Promise<Image[]> {
  const cut = ['-ss', `${from}`, '-t', `${seconds}`, '-i', await faceVideo('franck')];
  const output = ['-vf', 'fps=12.5', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'];
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    ['-v', 'error', '-threads', '1', ...cut, ...output],
    {
      encoding: 'buffer',
      maxBuffer: 2 ** 28,
    },
  );
  const bytes = CLIP.width * CLIP.height * 3;
  return Array.from({ length: stdout.length / bytes }, (_, at) => ({
    format: 'rgb24',
    ...CLIP,
    data: new Uint8Array(stdout.subarray(at * bytes, (at + 1) * bytes)),
  }));
}

/** A photo waved before a camera: moved, turned in its plane and tilted up and down by as much as 50 degrees, with a sensor's noise. */
function waved(photo: Image, at: number): Image {
  const seconds = (at * FRAME_MS) / 1000;
  const angle = 0.3 * Math.sin(2 * seconds);
  const step = 1 / (1 + 0.1 * Math.sin(1.3 * seconds));
  const down = step / Math.cos(0.9 * Math.sin(4 * seconds));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const x = CLIP.width / 2 + 25 * Math.sin(3 * seconds);
  const y = CLIP.height / 2 + 15 * Math.sin(4 * seconds);
  const map = {
    xx: cos * step,
    xy: sin * step,
    x0: CLIP.width / 2 - (cos * x + sin * y) * step,
    yx: -sin * down,
    yy: cos * down,
    y0: CLIP.height / 2 - (-sin * x + cos * y) * down,
  };
  const data = resample(photo, map, CLIP, 'replicate').map((value, pixel) => {
    const noise = ((pixel * 7919 + at * 104_729) % 11) - 5;
    return Math.min(255, Math.max(0, value + noise));
  });
  return { ...photo, data };
}

/** The frame as the engine takes it. */
async function pictureOf({ data, width, height }: Image): Promise<Picture> {
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
  return (await decodeStill(png, { maxPixels: 1e6, input: INPUT })).picture;
}

describe('an active check', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTestEngine({ config: { workers: 1 } });
  });
  afterAll(() => engine.close());

  /** How checks of these tasks end on the frames, and how much the eyes seemed to open and shut. */
  const check = async (tasks: readonly ActiveTask[], frames: readonly Image[]) => {
    const checks = tasks.map(task => createActiveCheck({ task, startedAt: 0, timeoutMs: 20_000 }));
    const openness: number[] = [];
    for (const [at, frame] of frames.entries()) {
      const picture = await pictureOf(frame);
      const detections = await engine.detect(picture, 'camera');
      const [face] = await engine.describe(picture, detections.slice(0, 1), { lane: 'camera' });
      if (face === undefined) continue;
      const { landmarks, quality } = face;
      openness.push(quality.eyeOpenness!);
      for (const one of checks) one.add({ ...quality, landmarks, at: (at + 1) * FRAME_MS });
    }
    const end = (frames.length + 1) * FRAME_MS;
    return {
      outcomes: checks.map(one => one.outcomeAt(end)),
      seen: openness.length,
      swing: Math.min(...openness) / Math.max(...openness),
    };
  };

  it('is passed by a man who blinks, and as well by a film of him: it cannot tell them apart', async () => {
    const { outcomes } = await check(['blink', 'turn_left', 'turn_right'], await clip(6, 2.4));
    expect(outcomes).toEqual(['passed', 'pending', 'pending']);
  });

  it('is not passed by a photo that is waved and tilted, though its eyes seem to narrow as in a blink', async () => {
    const [photo] = await clip(1, 0.08);
    const frames = Array.from({ length: 60 }, (_, at) => waved(photo!, at));
    const { outcomes, seen, swing } = await check(['blink', 'turn_left', 'turn_right'], frames);
    expect(seen).toBeGreaterThan(50);
    expect(swing).toBeLessThan(0.75);
    expect(outcomes).toEqual(['pending', 'pending', 'pending']);
  });
});
