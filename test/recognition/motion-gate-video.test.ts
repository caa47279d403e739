import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigSchema } from '../../src/config/schema.ts';
import type { Detection } from '../../src/domain/face.ts';
import type { Frame } from '../../src/domain/image.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { createCameraPipeline } from '../../src/recognition/camera-pipeline.ts';
import { framesOf } from '../accuracy/video-frames.ts';
import { People } from '../accuracy/video-people.ts';
import { renderScene, type Scene } from '../accuracy/video-scenes.ts';
import { openTestEngine, shippedLimits } from '../support/engine.ts';
import { faceVideo, testClip } from '../support/media.ts';

const { recognition, engine: engineConfig } = ConfigSchema.parse({});
const INTERVAL_MS = 200;
/** A face that was away for so long appears anew. */
const AWAY_MS = 3000;

let engine: Engine;
const found = new WeakMap<Frame, Detection[]>();

beforeAll(async () => {
  engine = await openTestEngine({ config: { workers: 1 } });
});

afterAll(() => engine.close());

/** Times at which a pipeline at five frames a second found a face, or found none; the detector looks at each frame once, however often it is played. */
async function play(frames: readonly Frame[], motionGate: boolean) {
  const stop = new AbortController();
  const waiting = [...frames];
  const looked: { at: number; faces: number }[] = [];
  let now = 0;
  const pipeline = createCameraPipeline({
    camera: { id: 'door', customer: 'default', liveness: 'off', zones: [], fps: 5, burstFps: 10, motionGate },
    policy: { ...recognition, quality: await shippedLimits('recognition') },
    minDetectionScore: engineConfig.minDetectionScore,
    source: {
      takeNewest: () => waiting.shift(),
      async frameAvailable() {
        if (waiting.length === 0) stop.abort();
        stop.signal.throwIfAborted();
      },
    },
    engine: {
      embedderId: engine.embedderId,
      async detectNewest(take) {
        const frame = take();
        if (frame === undefined) return undefined;
        now = frame.capturedAt;
        const detections = found.get(frame) ?? (await engine.detectNewest(() => frame))!.detections;
        found.set(frame, detections);
        const strong = detections.filter(({ score }) => score >= engineConfig.minDetectionScore);
        looked.push({ at: now, faces: strong.length });
        return { frame, detections };
      },
      describe: (...args) => engine.describe(...args),
    },
    gallery: new People(),
    operatingPoint: persons => ({
      similarity: 0.5,
      targetFpir: 1e-4,
      persons,
      comparisons: 0,
      supported: false,
    }),
    publish: async () => undefined,
    runId: 'run',
    now: () => now,
    log: silentLogger,
  });
  await pipeline.run(stop.signal);
  return { looked, stats: pipeline.stats() };
}

/** Milliseconds by which the gate delayed each first sight of a face. */
async function delays(frames: readonly Frame[]): Promise<number[]> {
  const [without, gated] = [await play(frames, false), await play(frames, true)];
  const sights = without.looked.filter(({ faces }) => faces > 0).map(({ at }) => at);
  const first = sights.filter((at, index) => index === 0 || at - sights[index - 1] > AWAY_MS);
  return first.map(at => {
    const seen = gated.looked.find(one => one.faces > 0 && one.at >= at);
    return (seen?.at ?? Number.POSITIVE_INFINITY) - at;
  });
}

const sensor = "noise=c0s=7:c0f=t,eq=brightness='0.015*sin(2*PI*t*1.3)':eval=frame";

describe('the motion gate on video', () => {
  const comings: readonly (readonly [string, Scene])[] = [
    [
      'appears out of nothing, and again after a while',
      {
        seconds: 10,
        actors: [
          {
            name: 'franck',
            way: [
              [2.3, 320],
              [4, 320],
            ],
          },
          {
            name: 'franck',
            way: [
              [7.7, 500],
              [9.5, 500],
            ],
            height: 120,
          },
        ],
        filter: sensor,
      },
    ],
    [
      'walks in slowly from the side',
      {
        seconds: 7,
        actors: [
          {
            name: 'franck',
            way: [
              [1, -60],
              [7, 120],
            ],
          },
        ],
        filter: sensor,
      },
    ],
    [
      'appears far away, a twelfth of the picture high',
      {
        seconds: 6,
        actors: [
          {
            name: 'franck',
            way: [
              [2.7, 400],
              [6, 400],
            ],
            height: 60,
            y: 100,
          },
        ],
        filter: sensor,
      },
    ],
    [
      'comes at night',
      {
        seconds: 8,
        actors: [
          {
            name: 'cap',
            way: [
              [3, 700],
              [8, 300],
            ],
          },
        ],
        filter: 'hue=s=0,eq=brightness=-0.2:contrast=0.7,noise=alls=12:allf=t',
      },
    ],
  ];

  it.each(comings)('lets a man be seen at most a frame later than without it, who %s', async (_, scene) => {
    const late = await delays(await framesOf({ file: await renderScene(scene), fps: 5 }));
    expect(late.length).toBeGreaterThan(0);
    for (const delay of late) expect(delay).toBeLessThanOrEqual(INTERVAL_MS);
  });

  it.each(['franck', 'cap12_edit', 'cap13_edit2'] as const)(
    'takes nothing of a man who is there all the time (%s)',
    async clip => {
      const frames = await framesOf({ file: await faceVideo(clip), fps: 10, seconds: 3 });
      expect((await play(frames, true)).looked).toEqual((await play(frames, false)).looked);
    },
  );

  it.each([
    ['noise', 'noise=c0s=7:c0f=t'],
    ['noise and a slow change of light', `noise=c0s=7:c0f=t,eq=brightness='0.04*sin(2*PI*t/5)':eval=frame`],
    ['noise and a flicker of light', sensor],
  ])('saves three quarters of the looks and more at an empty scene with %s', async (_, filter) => {
    const file = await testClip({ picture: 'smptebars', filter, seconds: 12, container: 'mp4' });
    const { stats } = await play(await framesOf({ file, fps: 5 }), true);
    expect(stats.frames + stats.still).toBe(60);
    expect(stats.frames).toBeLessThanOrEqual(15);
  });
});
