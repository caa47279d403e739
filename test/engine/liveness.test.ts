import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Face } from '../../src/domain/face.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { assessablePatch, liveScores } from '../../src/engine/liveness.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { openTestEngine, repositoryRoot } from '../support/engine.ts';
import { modelsWithLiveness } from '../support/liveness.ts';
import { groupPhoto } from '../support/media.ts';
import { refilmed } from '../support/refilmed.ts';

const pad = join(repositoryRoot, '../shared/data/pad');
const read = (name: string) => readFile(join(pad, `${name}.jpg`));

describe('a face', () => {
  const entry = { crop: { scale: 2.7, minScale: 2 }, minFaceHeight: 80 };
  const face = (width: number, height: number) => ({
    left: 100,
    top: 100,
    right: 100 + width,
    bottom: 100 + height,
  });

  it('is assessed together with what is around it', () => {
    const patch = assessablePatch(face(80, 100), { width: 640, height: 480 }, entry);
    expect(patch).toEqual({ left: 32, top: 15, right: 249, bottom: 286 });
  });

  it('is not assessed if it is small', () => {
    expect(assessablePatch(face(64, 79.9), { width: 640, height: 480 }, entry)).toBeUndefined();
  });

  it('is not assessed if it fills the picture, so that no edge of a screen could be seen', () => {
    expect(assessablePatch(face(160, 230), { width: 640, height: 480 }, entry)).toBeDefined();
    expect(assessablePatch(face(160, 245), { width: 640, height: 480 }, entry)).toBeUndefined();
  });

  it('is not assessed if its box is empty or no number', () => {
    expect(assessablePatch(face(Number.NaN, 100), { width: 640, height: 480 }, entry)).toBeUndefined();
    expect(assessablePatch(face(80, Number.NaN), { width: 640, height: 480 }, entry)).toBeUndefined();
  });
});

describe('the scores of a liveness model', () => {
  it('are the softmax of the live class', () => {
    const data = Float32Array.of(2, 0, 0, 0, 0, 1000);
    const [first, second] = liveScores({ data, dims: [2, 3] }, 2, 0);
    expect(first).toBeCloseTo(Math.E ** 2 / (Math.E ** 2 + 2), 6);
    expect(second).toBe(0);
  });

  it('are refused where they are no numbers or there is no such class', () => {
    expect(() => liveScores({ data: Float32Array.of(Number.NaN, 0), dims: [1, 2] }, 1, 0)).toThrow(TypeError);
    expect(() => liveScores({ data: Float32Array.of(1, 0), dims: [1, 2] }, 1, 2)).toThrow(TypeError);
  });
});

describe.skipIf(!existsSync(pad))('the shipped liveness model (needs ../shared/data/pad)', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTestEngine({ models: await modelsWithLiveness(), config: { workers: 1 } });
  });
  afterAll(() => engine.close());

  const describeFaces = async (photo: Buffer, liveness: boolean): Promise<Face[]> => {
    const { picture } = await decodeStill(photo, { maxPixels: 25e6, input: { width: 640, height: 480 } });
    const detections = await engine.detect(picture, 'upload');
    return engine.describe(picture, detections, { lane: 'upload', liveness });
  };
  const liveOf = async (photo: Buffer) => (await describeFaces(photo, true))[0]!.liveness?.live;

  it('takes the living face for one', async () => {
    expect(await liveOf(await read('live'))).toBeGreaterThan(0.9);
  });

  it.each(['print', 'screen'])('takes the %s for a picture', async name => {
    expect(await liveOf(await read(name))).toBeLessThan(0.01);
  });

  it('takes the living face for a picture once it is shown on a telephone', async () => {
    expect(await liveOf(await refilmed(await read('live')))).toBeLessThan(0.1);
  });

  it('says nothing of a face cut out of its surroundings', async () => {
    const { info } = await sharp(await read('live'))
      .autoOrient()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([480, 640]);
    const close = await sharp(await read('live'))
      .autoOrient()
      .extract({ left: 70, top: 90, width: 280, height: 330 })
      .toBuffer();
    const [face] = await describeFaces(close, true);
    expect(face).toBeDefined();
    expect(face).not.toHaveProperty('liveness');
  });

  it('is not asked where nobody wants to know', async () => {
    const before = engine.stats().busyMs.liveness;
    const [face] = await describeFaces(await read('live'), false);
    expect(face).not.toHaveProperty('liveness');
    expect(engine.stats().busyMs.liveness).toBe(before);
  });

  it('gives each face of a group its own score, and none to the small ones', async () => {
    const photo = await sharp(await readFile(await groupPhoto(2)))
      .resize({ width: 640 })
      .jpeg()
      .toBuffer();
    const faces = await describeFaces(photo, true);
    expect(faces.some(({ liveness }) => liveness === undefined)).toBe(true);
    for (const face of faces) expect(face.liveness !== undefined).toBe(face.quality.height >= 80);
  });
});
