import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ModelSet } from '../../src/config/catalog.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { FacegateError } from '../../src/domain/errors.ts';
import type { Face } from '../../src/domain/face.ts';
import type { Image } from '../../src/domain/image.ts';
import type { Dispatcher } from '../../src/engine/dispatcher.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { createLivenessCheck } from '../../src/engine/liveness-check.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { modelsDir, workerFile } from '../support/engine.ts';
import { modelsWithLiveness } from '../support/liveness.ts';
import { groupPhoto } from '../support/media.ts';

/** A logger and the reasons it was given. */
function keepReasons() {
  const lines: { level: string; reason?: string }[] = [];
  const log = createLogger({ level: 'warn', write: line => void lines.push(JSON.parse(line)) });
  return { log, reasons: () => lines.flatMap(({ reason }) => (reason === undefined ? [] : [reason])) };
}

describe('an engine whose liveness model is unusable', () => {
  /** Faces of a photo, asked for liveness twice, with what was logged. */
  const recognizeWith = async (models: ModelSet, dir: string) => {
    const { log, reasons } = keepReasons();
    const config = { ...ConfigSchema.parse({}).engine, workers: 1 };
    const engine = await openEngine({ models, dir, config, log, workerFile });
    try {
      const input = { width: 640, height: 480 };
      const { picture } = await decodeStill(await readFile(await groupPhoto(2)), { maxPixels: 25e6, input });
      const detections = await engine.detect(picture, 'camera');
      const options = { lane: 'camera', liveness: true } as const;
      const faces: Face[] = await engine.describe(picture, detections, options);
      faces.push(...(await engine.describe(picture, detections, options)));
      return { faces, reasons: reasons(), restarts: engine.stats().workers.restarts };
    } finally {
      await engine.close();
    }
  };

  const expectRecognizedOnly = (faces: readonly Face[]) => {
    expect(faces).toHaveLength(6);
    for (const face of faces) {
      expect(face.embedding.vector).toHaveLength(512);
      expect(face).not.toHaveProperty('liveness');
    }
  };

  const copyOfModels = async (models: ModelSet): Promise<string> => {
    const dir = await mkdtemp(join(tmpdir(), 'facegate-models-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    for (const { id } of [models.detector, models.landmarker!, models.embedder])
      await copyFile(join(modelsDir(), `${id}.onnx`), join(dir, `${id}.onnx`));
    return dir;
  };

  it('recognizes without it where it is not installed, and says so once', async () => {
    const models = await modelsWithLiveness();
    const { faces, reasons } = await recognizeWith(models, await copyOfModels(models));
    expectRecognizedOnly(faces);
    expect(reasons).toEqual([expect.stringMatching(/fp-liveness is not installed.*facegate models install/)]);
  });

  it('recognizes without it where the file is not the pinned one', async () => {
    const models = await modelsWithLiveness();
    const dir = await copyOfModels(models);
    await writeFile(join(dir, 'fp-liveness.onnx'), 'anything');
    const { faces, reasons } = await recognizeWith(models, dir);
    expectRecognizedOnly(faces);
    expect(reasons).toEqual([expect.stringContaining('not the one that the catalog pins')]);
  });

  it('recognizes without it where its answers cannot be understood', async () => {
    const models = await modelsWithLiveness();
    const liveness = { ...models.liveness!, liveClass: 3 };
    const { faces, reasons, restarts } = await recognizeWith({ ...models, liveness }, modelsDir());
    expectRecognizedOnly(faces);
    expect(reasons).toEqual([expect.stringContaining('class 3 is live')]);
    expect(restarts).toBe(0);
  });
});

describe('the liveness check', () => {
  const image: Image = { format: 'rgb24', width: 1, height: 1, data: new Uint8Array(3) };
  const box = { left: 0, top: 0, right: 1, bottom: 1 };
  const faces = [
    { box, score: 0.9 },
    { box, score: 0.8 },
  ] as unknown as Face[];

  /** A check whose jobs end as `answer` says; `clock.now` is its time. */
  const checkWith = (answer: () => Promise<unknown>) => {
    const clock = { now: 0 };
    const { log, reasons } = keepReasons();
    let jobs = 0;
    const run = (() => {
      jobs++;
      return answer();
    }) as Dispatcher['run'];
    const check = createLivenessCheck({ run, missing: undefined, log, now: () => clock.now });
    return { check: () => check(image, faces, 'camera'), clock, reasons, jobs: () => jobs };
  };

  it('gives a score to the faces that have one', async () => {
    const { check } = checkWith(async () => [undefined, { live: 0.75 }]);
    expect(await check()).toEqual([faces[0], { ...faces[1], liveness: { live: 0.75 } }]);
  });

  it('tries again after a failure, but complains only once a minute', async () => {
    const { check, clock, reasons, jobs } = checkWith(() =>
      Promise.reject(new FacegateError('internal', 'It broke.')),
    );
    for (const at of [0, 1000, 59_999, 60_000, 61_000]) {
      clock.now = at;
      expect(await check()).toEqual(faces);
    }
    expect(jobs()).toBe(5);
    expect(reasons()).toEqual(['It broke.', 'It broke.']);
  });

  it('leaves a model that cost a worker alone for a minute', async () => {
    const { check, clock, jobs } = checkWith(() =>
      Promise.reject(new FacegateError('not_ready', 'The worker is lost.')),
    );
    for (const at of [0, 1000, 59_999]) {
      clock.now = at;
      expect(await check()).toEqual(faces);
    }
    expect(jobs()).toBe(1);
    clock.now = 60_000;
    await check();
    expect(jobs()).toBe(2);
  });
});
