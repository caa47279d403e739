import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detection } from '../../src/domain/face.ts';
import { similarity } from '../../src/domain/face.ts';
import type { Image, Picture } from '../../src/domain/image.ts';
import { imageBytes } from '../../src/domain/image.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openTestEngine, shippedModels } from '../support/engine.ts';

const black = (format: Image['format'], width: number, height: number): Image => ({
  format,
  width,
  height,
  data: new Uint8Array(new SharedArrayBuffer(imageBytes(format, width, height))),
});

/** Pixels without a face, the same for each run. */
const noise = (width: number, height: number): Image => {
  let state = 7;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (state * 48271) % 2147483647;
    return state & 0xff;
  });
  return { format: 'rgb24', width, height, data };
};

const picture = (width = 480, height = 360): Picture => ({
  small: black('rgb24', width, height),
  full: black('yuv420p', 1279, 719),
  scale: width / 1279,
});

const detection = (left: number, top: number): Detection => ({
  box: { left, top, right: left + 90, bottom: top + 120 },
  score: 0.9,
});

describe('the engine', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTestEngine({ config: { workers: 1 } });
  });
  afterAll(() => engine.close());

  it('finds nothing in a black picture', async () => {
    expect(await engine.detect(picture(640, 480), 'upload')).toEqual([]);
    expect(await engine.detectNewest(picture)).toMatchObject({ detections: [] });
  });

  it('asks for the frame only when a worker is free, and lets those that wait share one detector call', async () => {
    const before = engine.stats();
    const busy: number[] = [];
    const running = engine.detect(picture(640, 480), 'camera');
    const frames = Array.from({ length: 4 }, () =>
      engine.detectNewest(() => {
        busy.push(engine.stats().workers.busy);
        return picture();
      }),
    );
    await Promise.all([running, ...frames]);
    expect(busy).toEqual([0, 0, 0, 0]);
    const after = engine.stats();
    expect(after.detectorCalls - before.detectorCalls).toBe(2);
    expect(after.batchSizes[4]).toBe(1);
  });

  it('keeps frames of different sizes apart and gives each its own answer', async () => {
    const sizes = [480, 320, 480];
    const found = await Promise.all(
      sizes.map(width => engine.detectNewest(() => picture(width, (width * 3) / 4))),
    );
    expect(found.map(one => one!.frame.small.width)).toEqual(sizes);
  });

  it('answers with nothing where there was no frame, and passes on what taking one threw', async () => {
    expect(await engine.detectNewest(() => undefined)).toBeUndefined();
    const failing = engine.detectNewest(() => {
      throw new Error('camera gone');
    });
    await expect(failing).rejects.toThrow('camera gone');
  });

  it('describes each detection, in order, also where its box lies beyond the picture', async () => {
    const full = noise(300, 200);
    const detections = [detection(20, 30), detection(-60, -80), detection(250, 150), detection(5000, 5000)];
    const faces = await engine.describe({ ...picture(), full }, detections, { lane: 'upload' });
    expect(faces.map(({ box }) => box)).toEqual(detections.map(({ box }) => box));
    const { embedder } = await shippedModels();
    for (const { embedding, quality } of faces) {
      expect(embedding.modelId).toBe(engine.embedderId);
      expect(embedding.vector).toHaveLength(embedder.dim);
      expect(similarity(embedding.vector, embedding.vector)).toBeCloseTo(1, 5);
      expect(quality.norm).toBeGreaterThan(0);
      expect(quality.height).toBe(120);
    }
  });

  it('describes the same whether faces come alone or together, and with their mirror images if asked', async () => {
    const full = noise(300, 200);
    const detections = Array.from({ length: 10 }, (_, at) => detection(10 + 15 * at, 20 + 5 * at));
    const scene = { ...picture(), full };
    const together = await engine.describe(scene, detections, { lane: 'camera' });
    expect(together).toHaveLength(10);
    const [alone] = await engine.describe(scene, [detections[9]], { lane: 'camera' });
    expect(similarity(alone.embedding.vector, together[9].embedding.vector)).toBeGreaterThan(0.99999);
    const [mirrored] = await engine.describe(scene, [detections[9]], { lane: 'camera', mirrored: true });
    const likeness = similarity(mirrored.embedding.vector, alone.embedding.vector);
    expect(likeness).toBeLessThan(0.9999);
    expect(mirrored.quality.norm).toBeCloseTo(alone.quality.norm, 4);
  });

  it('takes no image whose pixels are not what its size says', async () => {
    const short = { ...noise(300, 200), height: 201 };
    const wrong = engine.describe({ ...picture(), full: short }, [detection(1, 1)], { lane: 'upload' });
    await expect(wrong).rejects.toThrow(/300x201 has 180900 bytes, not 180000/);
  });

  it('counts what it did', () => {
    const { pictures, faces, busyMs, waiting, workers } = engine.stats();
    expect(pictures).toBeGreaterThan(8);
    expect(faces).toBe(16);
    expect(Math.min(...[busyMs.detect, busyMs.landmark, busyMs.align, busyMs.embed])).toBeGreaterThan(0);
    expect(waiting).toEqual({ camera: 0, upload: 0 });
    expect(workers).toEqual({ configured: 1, alive: 1, busy: 0, restarts: 0 });
  });
});
