import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageBytes, type Picture } from '../../src/domain/image.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openTestEngine } from '../support/engine.ts';

const SECONDS = 12;
const QUIET_FPS = 1;
const CROWD = 20;

const memory = (bytes: number) => new Uint8Array(new SharedArrayBuffer(bytes)).fill(90);
const frameOf = (cameraId: string): Picture & { cameraId: string } => ({
  cameraId,
  small: { format: 'rgb24', width: 480, height: 360, data: memory(480 * 360 * 3) },
  full: { format: 'yuv420p', width: 1280, height: 720, data: memory(imageBytes('yuv420p', 1280, 720)) },
  scale: 480 / 1280,
});
const faces = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    box: { left: 50 * at, top: 200, right: 50 * at + 80, bottom: 300 },
    score: 0.9,
  }));

describe('real models under a crowd', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openTestEngine({ config: { workers: 1 } });
  });
  afterAll(() => engine.close());

  /** Frames that a camera was given, of which it wants `fps` each second, each with so many faces to describe. */
  const play = async (camera: string, fps: number, count: number): Promise<number> => {
    const frame = frameOf(camera);
    const startedAt = performance.now();
    let given = 0;
    for (let due = 0; due < SECONDS * fps; due++) {
      const early = startedAt + (due * 1000) / fps - performance.now();
      if (early > 0) await sleep(early);
      // A frame whose time has passed is not looked at any more: the next one is there.
      if (-early > 1000 / fps) continue;
      await engine.detectNewest(() => frame, { camera });
      await engine.describe(frame, faces(count), { lane: 'camera' });
      given++;
    }
    return given;
  };

  it('three quiet cameras keep nine tenths of the frames they want, or as much time as the crowd has where the machine is too slow for that', async () => {
    const [crowd, ...quiet] = await Promise.all([
      play('crowd', 30, CROWD),
      ...['a', 'b', 'c'].map(camera => play(camera, QUIET_FPS, 1)),
    ]);
    const { busyMs, pictures, faces: described } = engine.stats();
    expect(described).toBe(CROWD * crowd + quiet.reduce((sum, given) => sum + given, 0));
    const faceMs = (busyMs.landmark + busyMs.align + busyMs.embed) / described;
    const frameMs = (count: number) => busyMs.detect / pictures + count * faceMs;
    const equalShare = (crowd * frameMs(CROWD)) / frameMs(1);
    // A frame of the crowd is not interrupted: where one takes longer than a second, a quiet frame comes between each two.
    const wanted = Math.min(0.9 * QUIET_FPS * SECONDS, 0.8 * equalShare, crowd - 1);
    for (const given of quiet) expect(given).toBeGreaterThanOrEqual(wanted);
    expect(crowd).toBeGreaterThan(0);
  });
});
