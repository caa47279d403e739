import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { analyzeUpload } from '../../src/daemon/upload.ts';
import type { Box } from '../../src/domain/geometry.ts';
import { boxHeight, boxWidth } from '../../src/domain/geometry.ts';
import { judgeQuality, type QualityLimits } from '../../src/domain/quality.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { chooseFace } from '../../src/gallery/enroller.ts';
import { openTestEngine, shippedLimits } from '../support/engine.ts';
import { openTestDecoder } from '../support/upload-decoder.ts';

const decoder = openTestDecoder();

describe('a real photo to enroll', () => {
  let engine: Engine;
  let policy: { quality: QualityLimits };
  let photo: Buffer;
  let size: { width: number; height: number };
  let box: Box;

  const facesIn = async (bytes: Uint8Array) =>
    (await analyzeUpload({ engine, decoder, bytes, mirrored: false })).faces;
  const changed = (change: (image: Sharp) => Sharp) => change(sharp(photo)).png().toBuffer();
  /** The photo from this share of the box's width to the right, and down to this share of its height; 0 and 1 leave all of it. */
  const cutAt = (fromLeft: number, fromTop: number) =>
    changed(image => {
      const left = Math.round(fromLeft === 0 ? 0 : box.left + fromLeft * boxWidth(box));
      const bottom = Math.round(fromTop === 1 ? size.height : box.top + fromTop * boxHeight(box));
      return image.extract({ left, top: 0, width: size.width - left, height: bottom });
    });

  beforeAll(async () => {
    policy = { quality: await shippedLimits('enrollment') };
    engine = await openTestEngine({ config: { workers: 1 } });
    photo = await readFile((await demoMedia()).persons[0].photo);
    const { width, height } = await sharp(photo).metadata();
    size = { width, height };
    box = chooseFace(await facesIn(photo), policy).box;
  });
  afterAll(async () => {
    await decoder.close();
    await engine.close();
  });

  it('is taken as it is', async () => {
    const [face] = await facesIn(photo);
    expect(judgeQuality(face.quality, policy.quality)).toEqual([]);
    expect(face.quality).toMatchObject({ visible: 1, eyeOpenness: expect.any(Number) });
    // Open eyes; those of LFW lie between .20 and .35 (10 % to 90 %).
    expect(face.quality.eyeOpenness).toBeGreaterThan(0.15);
    expect(face.quality.eyeOpenness).toBeLessThan(0.5);
  });

  it.each<[string, () => Promise<Buffer>]>([
    [
      'too_small',
      () => changed(image => image.resize({ height: Math.round((60 * size.height) / boxHeight(box)) })),
    ],
    ['blurred', () => changed(image => image.blur(boxHeight(box) / 30))],
    ['under_exposed', () => changed(image => image.linear(0.2, 0))],
    ['over_exposed', () => changed(image => image.linear(1.6, 90))],
    ['cropped_by_frame', () => cutAt(0.35, 1)],
    ['cropped_by_frame', () => cutAt(0, 0.8)],
  ])('is refused as %s where it is', async (reason, spoil) => {
    const faces = await facesIn(await spoil());
    expect(faces.length).toBeGreaterThan(0);
    expect(() => chooseFace(faces, policy)).toThrow(
      expect.objectContaining({ code: 'low_quality', details: { reason } }),
    );
  });
});
