import { afterEach, describe, expect, it } from 'vitest';
import { ConfigSchema } from '../../src/config/schema.ts';
import { StartupError } from '../../src/domain/errors.ts';
import type { Picture } from '../../src/domain/image.ts';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { modelsDir, shippedModels } from '../support/engine.ts';

const [CRASH, HANG, FAIL, SLOW, FINE] = [11, 12, 13, 14, 15];
const faultyWorker = new URL('./faulty-worker.mjs', import.meta.url);

const pictureOf = (width: number): Picture => {
  const image = { format: 'rgb24', width, height: 8, data: new Uint8Array(width * 8 * 3) } as const;
  return { small: image, full: image, scale: 1 };
};

describe('an engine whose workers fail', () => {
  let engine: Engine;
  afterEach(() => engine?.close());

  const open = async (workers: number, workerFile = faultyWorker, jobMs = 400) =>
    openEngine({
      models: await shippedModels(),
      dir: modelsDir(),
      config: { ...ConfigSchema.parse({}).engine, workers },
      log: silentLogger,
      workerFile,
      limits: { startMs: 20_000, jobMs, backoffMs: 30 },
    });

  it('rejects the job of a worker that crashes, and goes on with a new one', async () => {
    engine = await open(1);
    await expect(engine.detect(pictureOf(CRASH), 'upload')).rejects.toMatchObject({ code: 'not_ready' });
    const found = await engine.detectNewest(() => pictureOf(FINE));
    expect(found?.detections).toEqual([]);
    expect(engine.stats().workers).toMatchObject({ configured: 1, alive: 1, restarts: 1 });
  });

  it('kills a worker that hangs, rejects its job, and goes on with a new one', async () => {
    engine = await open(1);
    await expect(engine.detect(pictureOf(HANG), 'camera')).rejects.toMatchObject({ code: 'not_ready' });
    expect((await engine.detectNewest(() => pictureOf(FINE)))?.detections).toEqual([]);
  });

  it('answers others while one worker hangs', async () => {
    engine = await open(2);
    const hanging = engine.detect(pictureOf(HANG), 'upload');
    let isOver = false;
    hanging.catch(() => {
      isOver = true;
    });
    await engine.detect(pictureOf(FINE), 'upload');
    expect(isOver).toBe(false);
    await expect(hanging).rejects.toMatchObject({ code: 'not_ready' });
  });

  it('gives the frame back by rejecting when a worker is lost over it', async () => {
    engine = await open(1);
    let taken = 0;
    const lost = engine.detectNewest(() => {
      taken++;
      return pictureOf(CRASH);
    });
    await expect(lost).rejects.toMatchObject({ code: 'not_ready' });
    expect(taken).toBe(1);
  });

  it('refuses at once what cannot be done while no worker lives, and lets cameras wait', async () => {
    engine = await open(1);
    await expect(engine.detect(pictureOf(CRASH), 'upload')).rejects.toMatchObject({ code: 'not_ready' });
    const camera = engine.detectNewest(() => pictureOf(FINE));
    await expect(engine.detect(pictureOf(FINE), 'upload')).rejects.toMatchObject({ code: 'not_ready' });
    expect((await camera)?.detections).toEqual([]);
  });

  it('keeps the worker when only the job failed', async () => {
    engine = await open(1);
    await expect(engine.detect(pictureOf(FAIL), 'upload')).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('failed on purpose'),
    });
    expect(engine.stats().workers).toMatchObject({ alive: 1, restarts: 0 });
  });

  it('refuses uploads beyond what may wait, and answers those it took', async () => {
    engine = await open(1, faultyWorker, 10_000);
    const uploads = Array.from({ length: 80 }, () => engine.detect(pictureOf(SLOW), 'upload'));
    const outcomes = await Promise.allSettled(uploads);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(20);
    expect(refused).toEqual(
      refused.map(() => expect.objectContaining({ reason: expect.objectContaining({ code: 'overloaded' }) })),
    );
  });

  it('rejects what waits when it is closed, and takes nothing after', async () => {
    engine = await open(1);
    const running = engine.detect(pictureOf(SLOW), 'camera');
    const waiting = engine.detectNewest(() => pictureOf(FINE));
    const outcomes = Promise.allSettled([running, waiting]);
    await engine.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(engine.detect(pictureOf(FINE), 'upload')).rejects.toMatchObject({ code: 'not_ready' });
  });

  it('does not start without its worker program', async () => {
    await expect(open(2, new URL('./none.mjs', import.meta.url))).rejects.toThrow(StartupError);
  });
});
