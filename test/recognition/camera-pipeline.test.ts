import { describe, expect, it } from 'vitest';
import { FacegateError } from '../../src/domain/errors.ts';
import type { Frame, FrameWanted } from '../../src/domain/image.ts';
import { createCameraPipeline } from '../../src/recognition/camera-pipeline.ts';
import type { PipelineParts } from '../../src/recognition/parts.ts';
import { type Someone, World } from './world.ts';

/** How a pipeline is played: frames come every `every` milliseconds, 100 if not said otherwise. */
interface Play {
  readonly count: number;
  readonly every?: number;
  readonly camera?: Partial<PipelineParts['camera']>;
  /** Who stands before the camera; a stranger if not said otherwise. */
  readonly people?: (at: number) => Someone[];
  /** A camera whose frames are too large for the world: a picture of one shade, with a bright square where something is. */
  readonly picture?: (at: number, frame: Frame) => Frame;
  /** Times at which the engine fails with the frame it took. */
  readonly failsAt?: readonly number[];
}

interface Played {
  /** Times of the frames that were analysed. */
  readonly times: readonly number[];
  /** Frames that were not released. */
  readonly held: number;
  readonly wanted: readonly FrameWanted[];
  readonly stats: ReturnType<ReturnType<typeof createCameraPipeline>['stats']>;
}

async function play(world: World, options: Play): Promise<Played> {
  const { count, every = 100, people = () => [{ who: 'stranger' }], failsAt = [] } = options;
  const stop = new AbortController();
  const times: number[] = [];
  const wanted: FrameWanted[] = [];
  let [given, held, now] = [0, 0, 0];
  const source = {
    takeNewest(kind: FrameWanted): Frame {
      wanted.push(kind);
      held++;
      now = given++ * every;
      const frame = { ...world.picture(now), release: () => void held-- };
      return options.picture?.(now, frame) ?? frame;
    },
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
      if (failsAt.includes(frame.capturedAt)) throw new FacegateError('internal', 'The worker was lost.');
      times.push(frame.capturedAt);
      return { frame, detections: world.detections(...people(frame.capturedAt)) };
    },
  };
  const pipeline = createCameraPipeline({
    ...world.parts,
    camera: { ...world.parts.camera, fps: 5, burstFps: 10, motionGate: false, ...options.camera },
    source,
    engine,
    now: () => now,
  });
  await pipeline.run(stop.signal);
  return { times, held, wanted, stats: pipeline.stats() };
}

/** A picture of 64 x 64 in the small size, of one shade but for the time in its corner, and a bright square while `shows`. */
function shaded(frame: Frame, at: number, shows: boolean): Frame {
  const data = new Uint8Array(64 * 64 * 3).fill(100);
  data.set([at % 251, 100, at % 241], 0);
  if (shows) for (let y = 20; y < 40; y++) data.fill(200, (y * 64 + 20) * 3, (y * 64 + 40) * 3);
  const small = { format: 'rgb24' as const, width: 64, height: 64, data };
  return { ...frame, small, full: { ...frame.full, width: 200, height: 200 }, scale: 0.32 };
}

const nobody = () => [];

describe('a camera pipeline', () => {
  it('analyses every frame until a face is decided, then as many as were asked for', async () => {
    const world = new World();
    const { times } = await play(world, { count: 14 });
    // Unknown at the third frame.
    expect(times).toEqual([0, 100, 200, 400, 600, 800, 1000, 1200]);
    expect(world.told()).toEqual(['unknown_seen']);
  });

  it('gives every frame back, analysed or not, and also where the engine fails', async () => {
    expect((await play(new World(), { count: 20 })).held).toBe(0);
    expect((await play(new World(), { count: 6, failsAt: [100, 300] })).held).toBe(0);
  });

  it('tells what it should have been given and what it was', async () => {
    const { stats } = await play(new World(), { count: 200, people: nobody });
    expect(stats.wantedFps).toBeCloseTo(5, 0);
    expect(stats.givenFps).toBeCloseTo(5, 0);
    const starved = await play(new World(), { count: 40, every: 500, people: nobody });
    expect(starved.stats.wantedFps).toBeCloseTo(5, 0);
    expect(starved.stats.givenFps).toBeCloseTo(2, 0);
  });

  it('asks a camera of two streams for detail while it helps', async () => {
    const world = new World({}, { detectUrl: 'rtsp://camera/sub' });
    const { wanted } = await play(world, { count: 3, people: () => [{ who: 'stranger', size: 30 }] });
    expect(wanted).toEqual(['any', 'detail', 'detail']);
  });
});

describe('a camera pipeline with a motion gate', () => {
  const camera = { motionGate: true };

  it('leaves out what is still, once a second apart, and counts it', async () => {
    const picture = (at: number, frame: Frame) => shaded(frame, at, false);
    const { times, stats, held } = await play(new World(), { count: 41, camera, picture, people: nobody });
    expect(times).toEqual([0, 1000, 2000, 3000, 4000]);
    expect(stats).toMatchObject({ frames: 5, still: 16 });
    expect(stats.givenFps).toBeCloseTo(5, 0);
    expect(held).toBe(0);
  });

  it('analyses where something appears, and as long as somebody is in view', async () => {
    const picture = (at: number, frame: Frame) => shaded(frame, at, at >= 2400);
    const people = (at: number) => (at >= 2400 ? [{ who: 'ada', x: 20 }] : []);
    const world = new World({ minFrames: 2 });
    world.enroll('ada');
    const { times } = await play(world, { count: 80, camera, picture, people });
    expect(times.slice(0, 4)).toEqual([0, 1000, 2000, 2400]);
    // Long after the square has become background; after the first two at the pace of the camera.
    expect(times.filter(at => at >= 2600)).toHaveLength((7800 - 2600) / 200 + 1);
    expect(world.told()[0]).toBe('person_seen ada');
  });

  it('looks again at the next frame where the engine failed on one', async () => {
    const picture = (at: number, frame: Frame) => shaded(frame, at, false);
    const { times } = await play(new World(), { count: 8, camera, picture, people: nobody, failsAt: [0] });
    expect(times).toEqual([200]);
  });

  it('tells of a picture that stands still, though no faces are looked for in it', async () => {
    const world = new World();
    const picture = (_: number, frame: Frame) => shaded(frame, 0, false);
    const { times } = await play(world, { count: 40, camera, picture, people: nobody });
    expect(times).toHaveLength(4);
    expect(world.tampers).toEqual(['frozen']);
  });

  it('tells of a loop, most of whose frames are still', async () => {
    const world = new World();
    const picture = (at: number, frame: Frame) => shaded(frame, at % 5000, false);
    const { stats } = await play(world, { count: 150, camera, picture, people: nobody });
    expect(stats.still).toBeGreaterThan(50);
    expect(world.tampers).toEqual(['looped']);
  });
});
