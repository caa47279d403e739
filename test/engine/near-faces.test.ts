import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { type Face, similarity } from '../../src/domain/face.ts';
import { boxHeight, intersectionOverUnion } from '../../src/domain/geometry.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { openTestEngine } from '../support/engine.ts';
import { groupPhoto } from '../support/media.ts';
import { type FacePhoto, sameFace, stageFace } from '../support/staged-face.ts';

const CAMERA = { width: 480, height: 360 };
const UPLOAD = { width: 640, height: 480 };
const MIN_SCORE = 0.8;
const PLACES = [
  [0.5, 0.5],
  [0.3, 0.45],
  [0.68, 0.52],
] as const;

describe('real faces from far to near', () => {
  let engine: Engine;
  const photos: (FacePhoto & { face: Face })[] = [];

  /** The highest faces of a photo, as they are recognized there. */
  const collect = async (file: string, most: number) => {
    const { picture } = await decodeStill(await readFile(file), { maxPixels: 25e6, input: UPLOAD });
    const found = (await engine.detect(picture, 'upload')).filter(({ score }) => score >= MIN_SCORE);
    found.sort((a, b) => boxHeight(b.box) - boxHeight(a.box));
    const chosen = found.slice(0, most);
    const faces = await engine.describe(picture, chosen, { lane: 'upload' });
    photos.push(...faces.map(face => ({ image: picture.full, box: face.box, face })));
  };

  beforeAll(async () => {
    engine = await openTestEngine({ config: { workers: 1 } });
    for (const { photo } of (await demoMedia()).persons) await collect(photo, 1);
    await collect(await groupPhoto(1), 2);
    await collect(await groupPhoto(4), 2);
  });
  afterAll(() => engine.close());

  /** What comes of each photo's face at such a height: found how often, boxes beside the right one, similarity to the photo's own embedding. */
  const stageAll = async (
    frame: { width: number; height: number },
    faceHeight: number,
    input: { width: number; height: number },
  ) => {
    const similarities: number[] = [];
    let doubles = 0;
    for (const [at, photo] of photos.entries()) {
      const [x, y] = faceHeight > 0.6 ? [PLACES[at % 3][0], 0.5] : PLACES[at % 3];
      const around = at % 2 === 0 ? 'black' : 'replicate';
      const { picture, box } = stageFace(photo, { ...frame, faceHeight, x, y, around }, input);
      const found = (await engine.detect(picture, 'upload')).filter(({ score }) => score >= MIN_SCORE);
      const right = sameFace(found, box);
      doubles += found.filter(other => other !== right && intersectionOverUnion(other.box, box) > 0.1).length;
      if (right === undefined) continue;
      const [face] = await engine.describe(picture, [right], { lane: 'upload' });
      similarities.push(similarity(face.embedding.vector, photo.face.embedding.vector));
    }
    return { found: similarities.length, doubles, worst: Math.min(...similarities) };
  };

  it.each([
    ['16:9', { width: 960, height: 540 }],
    ['4:3', { width: 720, height: 540 }],
  ])(
    'are found once in a %s frame and recognized, from a tenth to four fifths of its height',
    async (_, frame) => {
      for (const share of [0.1, 0.25, 0.45, 0.65, 0.8]) {
        const { found, doubles, worst } = await stageAll(frame, share, CAMERA);
        expect({ share, found, doubles }).toEqual({ share, found: photos.length, doubles: 0 });
        expect(worst, `similarity at ${share}`).toBeGreaterThan(0.8);
      }
    },
  );

  it('are found down to 5 % in an input of 640x480, where they are too small to be recognized', async () => {
    const { found, doubles } = await stageAll({ width: 960, height: 720 }, 0.05, UPLOAD);
    expect({ found, doubles }).toEqual({ found: photos.length, doubles: 0 });
  });

  it.each([
    ['upright', { width: 900, height: 1200 }, 0.75],
    ['square', { width: 800, height: 800 }, 0.85],
    ['wide', { width: 1200, height: 800 }, 0.9],
  ])('are found and recognized where they fill an uploaded portrait, %s', async (_, frame, share) => {
    const { found, doubles, worst } = await stageAll(frame, share, UPLOAD);
    expect({ found, doubles }).toEqual({ found: photos.length, doubles: 0 });
    expect(worst).toBeGreaterThan(0.8);
  });
});
