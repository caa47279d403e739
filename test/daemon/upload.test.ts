import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputSize } from '../../src/daemon/input-size.ts';
import { analyzeUpload } from '../../src/daemon/upload.ts';
import type { Face } from '../../src/domain/face.ts';
import { intersectionOverUnion, scaleBox } from '../../src/domain/geometry.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openTestEngine } from '../support/engine.ts';
import { groupPhoto } from '../support/media.ts';
import { openTestDecoder } from '../support/upload-decoder.ts';

describe('an uploaded image', () => {
  const decoder = openTestDecoder();
  let engine: Engine;
  let photo: Buffer;
  let found: readonly Face[];

  beforeAll(async () => {
    engine = await openTestEngine({ config: { workers: 1 } });
    photo = await readFile(await groupPhoto(6));
    found = (await analyzeUpload({ engine, decoder, bytes: photo, mirrored: false })).faces;
  });
  afterAll(async () => {
    await decoder.close();
    await engine.close();
  });

  it('shows everyone in a group photograph', () => {
    expect(found).toHaveLength(4);
  });

  it('gives boxes in pixels of the original, also where it was scaled down for the work', async () => {
    const large = await sharp(photo).resize({ width: 3840 }).jpeg().toBuffer();
    const { faces, format } = await analyzeUpload({ engine, decoder, bytes: large, mirrored: false });
    expect(format).toBe('jpeg');
    for (const { box } of found)
      expect(
        Math.max(...faces.map(face => intersectionOverUnion(face.box, scaleBox(box, 2)))),
      ).toBeGreaterThan(0.8);
  });

  it('is read upright as its EXIF orientation says', async () => {
    const turned = await sharp(photo).rotate(90).withMetadata({ orientation: 8 }).jpeg().toBuffer();
    const { faces } = await analyzeUpload({ engine, decoder, bytes: turned, mirrored: false });
    for (const { box } of found)
      expect(Math.max(...faces.map(face => intersectionOverUnion(face.box, box)))).toBeGreaterThan(0.8);
  });

  it.each([
    [16_000, 1],
    [1, 16_000],
    [1, 1],
  ])('of %i x %i shows nobody', async (width, height) => {
    const thin = await sharp({ create: { width, height, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    expect((await analyzeUpload({ engine, decoder, bytes: thin, mirrored: false })).faces).toEqual([]);
  });

  it('is refused by its pixels before it is decoded', async () => {
    const small = openTestDecoder({ maxImagePixels: 10_000 });
    await expect(
      analyzeUpload({ engine, decoder: small, bytes: photo, mirrored: false }),
    ).rejects.toMatchObject({ code: 'too_large' });
    await small.close();
  });
});

describe('an input size', () => {
  it('is width and height', () => {
    expect(inputSize('480x360')).toEqual({ width: 480, height: 360 });
  });
});
