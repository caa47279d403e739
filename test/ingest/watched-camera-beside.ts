import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CameraPhase, CameraReason } from '../../src/domain/camera.ts';
import { REASON_MESSAGES } from '../../src/ingest/failure-reason.ts';
import { cameraConfig, serving, until, type WatchedCamera, watching } from './watched-camera.ts';

const LONGEST_GAP_MS = 1000;
const BACK_WITHIN_MS = 5000;
/** By how much a machine with more to do than it has cores may be later. */
const patience = () => Math.max(1, loadavg()[0]! / availableParallelism());

/** A group of tests that run at the same time, beside a camera in the same process that must not notice them. */
export function besideHealthyCamera(title: string, tests: () => void): void {
  describe(title, () => {
    const done = new AbortController();
    const seen = { longestGapMs: 0, frames: 0, restarts: 0 };
    let ended: Promise<void>;

    beforeAll(async () => {
      let isLive: () => void;
      const live = new Promise<void>(resolve => {
        isLive = resolve;
      });
      ended = serving({}, server =>
        watching(
          cameraConfig({ url: server.url }),
          async watched => {
            await watched.reached('live');
            isLive();
            await observe(watched, seen, done.signal);
          },
          { deadlines: {} },
        ),
      );
      await Promise.race([live, ended]);
    });
    afterAll(async () => {
      done.abort();
      await ended;
    });

    describe.concurrent('that is alone with its fault', tests);

    it('does not trouble the camera beside it', () => {
      expect(seen).toMatchObject({ restarts: 0 });
      expect(seen.frames).toBeGreaterThan(10);
      expect(seen.longestGapMs).toBeLessThan(LONGEST_GAP_MS * patience());
    });
  });
}

/** Waits until the camera has told this phase and reason, at status number `from` or later, with the sentence that belongs to it. */
export async function told(
  watched: WatchedCamera,
  phase: CameraPhase,
  reason: CameraReason,
  from = 0,
): Promise<void> {
  const status = await watched.reached(phase, reason, from);
  expect(status.message).toBe(REASON_MESSAGES[reason]);
}

/** Ends the fault and expects the camera to be live, with a new frame and without a reason, in time. */
export async function comesBack(
  watched: WatchedCamera,
  mend: () => unknown,
  withinMs = BACK_WITHIN_MS,
): Promise<void> {
  const { camera, statuses } = watched;
  const known = statuses.length;
  await mend();
  const mended = performance.now();
  const { frames } = camera.status();
  const back = () => {
    const { phase, frames: now } = camera.status();
    return phase === 'live' && now > frames;
  };
  await until(() => `live again, but ${JSON.stringify(statuses.slice(known))}`, back);
  expect(performance.now() - mended).toBeLessThan(withinMs * patience());
  expect(camera.status()).not.toHaveProperty('reason');
}

async function observe(
  { camera }: WatchedCamera,
  seen: { longestGapMs: number; frames: number; restarts: number },
  done: AbortSignal,
): Promise<void> {
  while (!done.aborted) {
    await pause(20);
    const { lastFrameAt = 0, frames, restarts } = camera.status();
    const longestGapMs = Math.max(seen.longestGapMs, Date.now() - lastFrameAt);
    Object.assign(seen, { frames, restarts, longestGapMs });
  }
}
