import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DLIB_ID } from '../../scripts/convert-dlib/catalog-entry.ts';
import { convertDlib } from '../../scripts/convert-dlib/convert.ts';
import { readTfjsWeights } from '../../scripts/convert-dlib/tfjs-weights.ts';
import { loadCatalog, selectModels } from '../../src/config/catalog.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { type Face, similarity } from '../../src/domain/face.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { installModels } from '../../src/engine/models/install.ts';
import { createOperatingPoint } from '../../src/gallery/operating-point.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { catalogFile, modelsDir, openTestEngine } from '../support/engine.ts';
import { cached, type FaceVideo, faceVideo, ffmpeg } from '../support/media.ts';

/** One picture of a clip. */
async function pictureOf(name: FaceVideo, second: number): Promise<Buffer> {
  const video = await faceVideo(name);
  const take = (file: string) => ffmpeg(['-ss', `${second}`, '-i', video, '-frames:v', '1', file]);
  return readFile(await cached(`still-${name}-${second}.png`, take));
}

describe('a second embedder that a catalog entry brings (dlib, 128-d, 150 x 150)', () => {
  let folder: string;
  let engine: Engine;
  let threshold: number;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-dlib-'));
    const catalog = await loadCatalog(await convertDlib(folder, catalogFile));
    const models = selectModels(catalog, { ...ConfigSchema.parse({}).models, embedder: DLIB_ID });
    await installModels({ catalog, ids: [DLIB_ID], dir: folder });
    for (const { id } of [models.detector, models.landmarker!])
      await copyFile(join(modelsDir(), `${id}.onnx`), join(folder, `${id}.onnx`));
    const policy = { targetFpir: 1e-4, minSimilarity: 'auto' } as const;
    threshold = createOperatingPoint(models.embedder.calibration, policy)(1).similarity;
    const { detector, landmarker, embedder } = models;
    engine = await openTestEngine({
      models: { detector, landmarker: landmarker!, embedder },
      dir: folder,
      config: { workers: 1 },
    });
  });
  afterAll(async () => {
    await engine.close();
    await rm(folder, { recursive: true });
  });

  const faceIn = async (name: FaceVideo, second: number): Promise<Face> => {
    const input = { width: 640, height: 480 };
    const { picture } = await decodeStill(await pictureOf(name, second), { maxPixels: 1e6, input });
    const [best] = await engine.detect(picture, 'upload');
    const [face] = await engine.describe(picture, [best], { lane: 'upload', mirrored: true });
    return face;
  };

  it('tells two men apart, and knows one of them from another session', async () => {
    expect(engine.embedderId).toBe(`${DLIB_ID}@1`);
    const franck = [await faceIn('franck', 5), await faceIn('franck', 100)];
    const anders = [await faceIn('cap12_edit', 5), await faceIn('cap13_edit2', 10)];
    for (const { embedding, quality } of [...franck, ...anders]) {
      expect(embedding.modelId).toBe(engine.embedderId);
      expect(embedding.vector).toHaveLength(128);
      expect(similarity(embedding.vector, embedding.vector)).toBeCloseTo(1, 5);
      expect(quality.norm).toBeGreaterThan(1.2);
    }
    const alike = ([a, b]: Face[]) => similarity(a.embedding.vector, b.embedding.vector);
    expect(alike(franck)).toBeGreaterThan(threshold);
    expect(alike(anders)).toBeGreaterThan(threshold);
    for (const one of franck) for (const other of anders) expect(alike([one, other])).toBeLessThan(threshold);
  });
});

describe('weights of TensorFlow.js', () => {
  const manifest = (weights: object[]) => JSON.stringify([{ weights }]);
  const coded = { name: 'a', shape: [2, 1], dtype: 'float32' };
  const quantization = { dtype: 'uint8', scale: 0.5, min: -1 };

  it('are read from codes and from floats, also where they lie at odd bytes', () => {
    const floats = new Uint8Array(Float32Array.of(0.25, 3).buffer);
    const file = Buffer.concat([Buffer.of(0, 4, 6), floats]);
    const weights = [
      { ...coded, shape: [3], quantization },
      { ...coded, name: 'b' },
    ];
    const read = readTfjsWeights(manifest(weights), file);
    expect(read.get('a')).toEqual({ dims: [3], values: Float32Array.of(-1, 1, 2) });
    expect(read.get('b')).toEqual({ dims: [2, 1], values: Float32Array.of(0.25, 3) });
  });

  it('are refused where the file is too short, too long or of another type', () => {
    const one = manifest([{ ...coded, quantization }]);
    expect(() => readTfjsWeights(one, Buffer.of(1))).toThrow(/end before a/);
    expect(() => readTfjsWeights(one, Buffer.of(1, 2, 3))).toThrow(/1 bytes/);
    const half = manifest([{ ...coded, quantization: { ...quantization, dtype: 'float16' } }]);
    expect(() => readTfjsWeights(half, Buffer.of(1, 2, 3, 4))).toThrow(/neither/);
  });
});
