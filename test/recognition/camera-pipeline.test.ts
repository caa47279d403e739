import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/domain/image.ts';
import { createCameraPipeline } from '../../src/recognition/camera-pipeline.ts';
import type { PipelineParts } from '../../src/recognition/parts.ts';
import { World } from './world.ts';

/** Runs a pipeline over frames that come ten times a second; tells the times of those that were analysed. */
async function analysedTimes(world: World, count: number): Promise<{ times: number[]; held: number }> {
  const stop = new AbortController();
  const times: number[] = [];
  let [given, held] = [0, 0];
  const next = (): Frame => {
    held++;
    const release = () => void held--;
    return { ...world.picture(given++ * 100), release };
  };
  const source = {
    takeNewest: next,
    async frameAvailable() {
      if (given < count) return;
      stop.abort();
      stop.signal.throwIfAborted();
    },
  };
  const engine = {
    ...world.parts.engine,
    async detectNewest(take: () => Frame | undefined) {
      const frame = take();
      if (frame === undefined) return undefined;
      times.push(frame.capturedAt);
      return { frame, detections: world.detections({ who: 'stranger' }) };
    },
  };
  const parts: PipelineParts = {
    ...world.parts,
    camera: { ...world.parts.camera, fps: 5, burstFps: 10, motionGate: false },
    source,
    engine,
  };
  await createCameraPipeline(parts).run(stop.signal);
  return { times, held };
}

describe('a camera pipeline', () => {
  it('analyses every frame until a face is decided, then as many as were asked for', async () => {
    const world = new World();
    const { times } = await analysedTimes(world, 14);
    // Unknown at the third frame.
    expect(times).toEqual([0, 100, 200, 400, 600, 800, 1000, 1200]);
    expect(world.told()).toEqual(['unknown_seen']);
  });

  it('gives every frame back, analysed or not', async () => {
    expect((await analysedTimes(new World(), 20)).held).toBe(0);
  });
});
