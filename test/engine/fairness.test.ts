import { describe, expect, it } from 'vitest';
import type { Detection } from '../../src/domain/face.ts';
import type { Dispatcher } from '../../src/engine/dispatcher.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { inParts } from '../../src/engine/face-parts.ts';
import type { DescribeJob } from '../../src/engine/jobs.ts';
import {
  createVirtualClock,
  createVirtualWorker,
  FACE_MS,
  PICTURE_MS,
  type VirtualClock,
} from './virtual-engine.ts';

const SECONDS = 20;

const image = { format: 'rgb24', width: 1, height: 1, data: new Uint8Array(3) } as const;
const picture = { image, fullWidth: 1, fullHeight: 1, scale: 1 };
const detection = { box: { left: 0, top: 0, right: 1, bottom: 1 }, score: 0.9 };
const describeJob = (detections: readonly Detection[]): DescribeJob => ({
  ...{ kind: 'describe', full: image, mirrored: false, detections },
});

interface Wish {
  readonly fps: number;
  /** Faces that are described in each frame. */
  readonly faces: number;
}

/** What a camera got: frames a second, milliseconds of the workers per second, and the age of the oldest frame when it was looked at. */
interface Got {
  readonly fps: number;
  readonly ms: number;
  readonly oldest: number;
}

/** A camera whose newest frame is looked at as soon as the engine allows, its faces part by part; one frame under way. */
async function play(
  { clock, engine, id }: { clock: VirtualClock; engine: Dispatcher; id: string },
  { fps, faces }: Wish,
  got: { frames: number; oldest: number },
): Promise<void> {
  let seen = -1;
  const newest = () => Math.floor((clock.now() * fps) / 1000);
  for (;;) {
    if (newest() === seen) await clock.sleep(((seen + 1) * 1000) / fps - clock.now() + 1e-6);
    await engine.detectNewest(() => {
      seen = newest();
      got.oldest = Math.max(got.oldest, clock.now() - (seen * 1000) / fps);
      return picture;
    }, id);
    await inParts(Array(faces).fill(detection), 'camera', part =>
      engine.run('camera', describeJob(part), id),
    );
    got.frames++;
  }
}

async function share(wishes: readonly Wish[], workers: number): Promise<Got[]> {
  const clock = createVirtualClock();
  const slots = Array.from({ length: workers }, () => createVirtualWorker(clock, () => engine.wake()));
  const engine = createDispatcher({
    ...{ slots, maxBatch: 8, maxWaitingUploads: 8, tally: () => {}, now: clock.now },
  });
  const got = wishes.map(() => ({ frames: 0, oldest: 0 }));
  for (const [at, wish] of wishes.entries()) void play({ clock, engine, id: `${at}` }, wish, got[at]);
  await clock.pass(SECONDS * 1000);
  return got.map(({ frames, oldest }, at) => ({
    fps: frames / SECONDS,
    ms: (frames / SECONDS) * (PICTURE_MS + FACE_MS * wishes[at].faces),
    oldest,
  }));
}

const crowd: Wish = { fps: 10, faces: 20 };
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('cameras that share the engine', () => {
  it.each([1, 2])('a crowd before one takes nothing from three quiet ones: %i worker(s)', async workers => {
    const quiet: Wish = { fps: 10, faces: workers };
    const [crowded, ...others] = await share([crowd, quiet, quiet, quiet], workers);
    for (const { fps } of others) expect(fps).toBeGreaterThanOrEqual(0.9 * quiet.fps);
    const rest = 1000 * workers - sum(others.map(({ ms }) => ms));
    expect(crowded.ms).toBeGreaterThanOrEqual(0.85 * rest);
  });

  it.each([1, 2])(
    'all get the same when all want more than there is, and see what happens now: %i worker(s)',
    async workers => {
      const all = await share(Array<Wish>(8).fill({ fps: 30, faces: 0 }), workers);
      const fair = (1000 * workers) / PICTURE_MS / 8;
      for (const { fps, oldest } of all) {
        expect(Math.abs(fps / fair - 1)).toBeLessThanOrEqual(0.2);
        expect(oldest).toBeLessThanOrEqual(1000 / fair);
      }
    },
  );

  it('a crowd gets its equal share, and no more, where all want more than there is', async () => {
    const greedy: Wish = { fps: 30, faces: 1 };
    const all = await share([crowd, ...Array<Wish>(7).fill(greedy)], 1);
    for (const { ms } of all) expect(Math.abs(ms / 125 - 1)).toBeLessThanOrEqual(0.2);
  });

  it('a crowd alone gets everything', async () => {
    const [{ ms }] = await share([crowd], 1);
    expect(ms).toBeGreaterThan(950);
  });
});
