import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DetectorEntry } from '../../src/config/catalog.ts';
import type { Detection } from '../../src/domain/face.ts';
import { boxHeight, boxWidth } from '../../src/domain/geometry.ts';
import type { Picture } from '../../src/domain/image.ts';
import { installModels } from '../../src/engine/models/install.ts';
import { modelsDir, openTestEngine, shippedModels } from '../support/engine.ts';
import { OFFSETS, SIDE, writeTinyDetectors } from './tiny-detectors.ts';

/** A black picture with cells (of 8 x 8 pixels) of a colour, seen at half the size of `full`. */
const pictureWith = (cells: Record<number, readonly [number, number]>, visible = SIDE): Picture => {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (const [cell, [red, green]] of Object.entries(cells))
    for (let y = 0; y < 8; y++)
      for (let x = 0; x < 8; x++) {
        const at = (((Number(cell) >> 2) * 8 + y) * SIDE + (Number(cell) % 4) * 8 + x) * 3;
        data[at] = red;
        data[at + 1] = green;
      }
  const side = visible * 2;
  const full = { format: 'rgb24', width: side, height: side, data: new Uint8Array(side * side * 3) } as const;
  return { small: { format: 'rgb24', width: SIDE, height: SIDE, data }, full, scale: 0.5 };
};

describe('detectors that a catalog entry brings', () => {
  let folder: string;
  let entries: Record<'yunet' | 'scrfd', DetectorEntry>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-families-'));
    entries = await writeTinyDetectors(folder);
    const models = Object.values(entries);
    await installModels({ catalog: { models }, ids: models.map(({ id }) => id), dir: folder });
    const { embedder } = await shippedModels();
    await copyFile(join(modelsDir(), `${embedder.id}.onnx`), join(folder, `${embedder.id}.onnx`));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const detect = async (family: 'yunet' | 'scrfd', pictures: readonly Picture[]): Promise<Detection[][]> => {
    const { embedder } = await shippedModels();
    const engine = await openTestEngine({
      models: { detector: entries[family], embedder },
      dir: folder,
      config: {
        cameraInput: `${SIDE}x${SIDE}`,
        uploadInput: `${SIDE}x${SIDE}`,
        workers: 1,
        minDetectionScore: 0.5,
        minTrackingScore: 0.5,
      },
    });
    const found = await Promise.all(pictures.map(picture => engine.detectNewest(() => picture)));
    expect(engine.stats().detectorCalls).toBe(1);
    await engine.close();
    return found.map(one => one!.detections);
  };

  it('of the YuNet family are decoded, in one batch, into pixels of the full picture', async () => {
    const first = pictureWith({ 6: [255, 255], 12: [255, 100] });
    const second = pictureWith({ 1: [204, 204], 2: [255, 20] });
    const [a, b] = await detect('yunet', [first, second]);
    expect(a).toHaveLength(2);
    const [{ box, score, landmarks }] = a;
    expect(score).toBeCloseTo(1, 5);
    expect(boxWidth(box)).toBeCloseTo(16 * Math.E, 3);
    expect(boxHeight(box)).toBeCloseTo(16 * Math.exp(1.2), 3);
    expect((box.left + box.right) / 2).toBeCloseTo(2 * (2 + 0.25) * 8, 3);
    expect((box.top + box.bottom) / 2).toBeCloseTo(2 * (1 + 0.25) * 8, 3);
    expect(landmarks![2].x).toBeCloseTo(2 * (2 + 0.5) * 8, 3);
    expect(landmarks![4].y).toBeCloseTo(2 * (1 + OFFSETS[9]) * 8, 3);
    expect(a[1].score).toBeCloseTo(Math.sqrt(100 / 255), 3);
    expect(b.map(one => one.score.toFixed(3))).toEqual(['0.800']);
  });

  it('of the SCRFD family are decoded, two anchors per cell making one face', async () => {
    const [a, b] = await detect('scrfd', [
      pictureWith({ 9: [255, 0] }),
      pictureWith({ 0: [100, 0], 15: [230, 0] }),
    ]);
    expect(a).toHaveLength(1);
    expect(a[0].box).toEqual({ left: 0, top: 8, right: 32, bottom: 56 });
    expect(a[0].landmarks![0].x).toBeCloseTo(2 * (1 + OFFSETS[0]) * 8, 3);
    expect(b.map(one => one.box.left)).toEqual([32]);
    expect(b[0].score).toBeCloseTo(230 / 255, 4);
  });

  it('are not asked about the padding beside the picture', async () => {
    const [found] = await detect('yunet', [pictureWith({ 0: [255, 255], 3: [255, 255] }, 24)]);
    expect(found.map(({ landmarks }) => landmarks![2].x)).toEqual([8]);
  });

  it('are refused an input size that they cannot take, with the setting named', async () => {
    const { embedder } = await shippedModels();
    const models = { detector: entries.yunet, embedder };
    await expect(openTestEngine({ models, dir: folder })).rejects.toThrow(
      /engine\.cameraInput is 480x360, but the detector tiny-yunet takes 32x32/,
    );
    const free = {
      ...entries.yunet,
      input: { ...entries.yunet.input, size: 'any' as const, multipleOf: 32 },
    };
    await expect(openTestEngine({ models: { detector: free, embedder }, dir: folder })).rejects.toThrow(
      /multiples of 32, for example 480x384/,
    );
  });
});
