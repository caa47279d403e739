import { describe, expect, it } from 'vitest';
import type { CameraConfig } from '../../src/config/schema.ts';
import type { Frame, FrameWanted } from '../../src/domain/image.ts';
import type { CameraDependencies } from '../../src/ingest/camera.ts';
import type { RtspCamera } from '../support/rtsp-camera/server.ts';
import { cameraConfig, childrenOf, serving, until, type WatchedCamera, watching } from './watched-camera.ts';

const SUB = { width: 320, height: 180 };
const MAIN = { width: 640, height: 360 };

/** A camera with a sub stream of 320 x 180 and a main stream of 640 x 360, of which the key pictures are decoded. */
function watchingBoth(
  body: (watched: WatchedCamera, servers: { sub: RtspCamera; main: RtspCamera }) => Promise<void>,
  changes: { camera?: Partial<CameraConfig>; deps?: Partial<CameraDependencies> } = {},
): Promise<void> {
  return serving({ media: { ...SUB, seconds: 2 } }, sub =>
    serving({}, main => {
      const config = cameraConfig({
        ...{ url: main.url, detectUrl: sub.url, decode: 'keyframes', fps: 10 },
        ...changes.camera,
      });
      const deadlines = { firstFrameMs: 8000, stallMs: 2500, graceMs: 500 };
      return watching(config, watched => body(watched, { sub, main }), { deadlines, ...changes.deps });
    }),
  );
}

async function nextFrame({ camera }: WatchedCamera, wanted: FrameWanted): Promise<Frame> {
  await camera.frameAvailable(AbortSignal.timeout(20_000), wanted);
  const frame = camera.takeNewest(wanted)!;
  frame.release();
  return frame;
}

/** Waits until both streams play. */
const bothLive = ({ camera }: WatchedCamera): Promise<void> =>
  until('both live', () => camera.status().phase === 'live' && camera.status().detail?.phase === 'live');

describe.concurrent('a camera with a sub stream', () => {
  it('gives frames of the sub stream, and of the main one where detail is wanted', () =>
    watchingBoth(async watched => {
      await bothLive(watched);
      const frames: Frame[] = [];
      for (let taken = 0; taken < 10; taken++) frames.push(await nextFrame(watched, 'any'));
      for (const frame of frames) expect(frame.full).toMatchObject(SUB);

      const wanted: Frame[] = [];
      while (wanted.filter(({ full }) => full.width === MAIN.width).length < 2) {
        wanted.push(await nextFrame(watched, 'detail'));
      }
      const detail = wanted.at(-1)!;
      expect(detail.full).toMatchObject(MAIN);
      expect([detail.scale, frames[0]!.scale]).toEqual([480 / MAIN.width, 480 / SUB.width]);
      // Detail comes once a second; the time between is filled from the sub stream.
      expect(wanted.filter(({ full }) => full.width === SUB.width).length).toBeGreaterThan(3);
      const all = [...frames, ...wanted];
      for (const [at, frame] of all.entries()) {
        if (at === 0) continue;
        expect(frame.sequence).toBeGreaterThan(all[at - 1]!.sequence);
        expect(frame.capturedAt).toBeGreaterThan(all[at - 1]!.capturedAt);
      }
    }));

  it('tells of both streams', () =>
    watchingBoth(async watched => {
      await bothLive(watched);
      const { frames } = watched.camera.status();
      await until('more frames', () => watched.camera.status().frames > frames + 15);
      const status = watched.camera.status();
      expect(status).toMatchObject({ id: 'door', phase: 'live', ...SUB, restarts: 0 });
      expect(status).not.toHaveProperty('message');
      expect(status).not.toHaveProperty('softwareFallback');
      expect(status.detail).toMatchObject({ phase: 'live', ...MAIN, restarts: 0 });
      expect(status.detail!.frames).toBeLessThan(status.frames);
      expect(childrenOf(watched.instance)).toHaveLength(2);
    }));

  it('works without its main stream, and gets it back', () =>
    watchingBoth(async (watched, { main }) => {
      await bothLive(watched);
      await main.powerOff();
      await until('the main stream is gone', () => watched.camera.status().detail?.reason === 'refused');
      // The last one of the main stream may still have been waiting.
      while ((await nextFrame(watched, 'detail')).full.width !== SUB.width);
      for (let taken = 0; taken < 5; taken++) {
        expect((await nextFrame(watched, 'detail')).full).toMatchObject(SUB);
      }
      expect(watched.camera.status()).toMatchObject({ phase: 'live', restarts: 0 });
      expect(watched.camera.status()).not.toHaveProperty('reason');
      await main.powerOn();
      await bothLive(watched);
      expect(watched.camera.status().detail).not.toHaveProperty('reason');
    }));

  it('looks for faces in its main stream while the sub stream is gone, and says so', () => {
    const shown: number[] = [];
    return watchingBoth(
      async (watched, { sub }) => {
        await bothLive(watched);
        shown.length = 0;
        await until('pictures are shown', () => shown.length > 12);
        expect(new Set(shown)).toEqual(new Set([SUB.width]));
        await sub.powerOff();
        await until('the sub stream is gone', () => watched.camera.status().reason === 'refused');
        while ((await nextFrame(watched, 'any')).full.width !== MAIN.width);
        // Not at once: that frame may be older than the end of the sub stream, and one of the sub stream may wait behind it.
        await until('the main stream is shown', () => shown.at(-1) === MAIN.width);
        const { message, detail } = watched.camera.status();
        expect(message).toContain('Nothing listens');
        expect(message).toContain('faces are looked for in the main stream');
        expect(detail).toMatchObject({ phase: 'live', restarts: 0 });

        await sub.powerOn();
        await bothLive(watched);
        expect(watched.camera.status()).not.toHaveProperty('message');
        expect((await nextFrame(watched, 'any')).full).toMatchObject(SUB);
      },
      { deps: { onPicture: ({ full }) => void shown.push(full.width) } },
    );
  });

  it('falls back to software for each stream apart, and tells it for both', () =>
    watchingBoth(
      async watched => {
        await bothLive(watched);
        expect(watched.camera.status()).toMatchObject({ softwareFallback: true });
        expect(watched.log.filter(line => line.includes('software decodes'))).toHaveLength(2);
      },
      { camera: { hwaccel: ['-c:v', 'nosuchdecoder'] } },
    ));

  it('leaves no decoder behind when it is stopped', () =>
    watchingBoth(async watched => {
      await bothLive(watched);
      await watched.stop();
      expect(watched.camera.status()).toMatchObject({ phase: 'stopped', detail: { phase: 'stopped' } });
      expect(childrenOf(watched.instance)).toEqual([]);
    }));

  it('shows neither password to anybody', () => {
    const credentials = { user: 'cam', password: 's3cret', scheme: 'digest' } as const;
    return serving({ credentials }, server =>
      watching(cameraConfig({ url: server.url, detectUrl: server.url }), async watched => {
        await bothLive(watched);
        for (const text of [watched.log.join(''), JSON.stringify(watched.statuses)]) {
          expect(text).not.toContain('s3cret');
        }
      }),
    );
  });
});

describe.concurrent('a preview', () => {
  it('is shown every picture before anybody can take it', () => {
    const shown: { at: number; width: number }[] = [];
    return serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          const frame = await watched.frame();
          frame.release();
          expect(shown.map(({ at }) => at)).toContain(frame.capturedAt);
          expect(new Set(shown.map(({ width }) => width))).toEqual(new Set([480]));
          const { frames } = watched.camera.status();
          expect(shown).toHaveLength(frames);
        },
        { onPicture: ({ small }, at) => void shown.push({ at, width: small.width }) },
      ),
    );
  });

  it('that fails is told of once and stops nothing', () =>
    serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await watched.reached('live');
          await until('five frames', () => watched.camera.status().frames >= 5);
          expect(watched.camera.status()).toMatchObject({ phase: 'live', restarts: 0 });
          expect(watched.log.filter(line => line.includes('the screen is broken'))).toHaveLength(1);
        },
        {
          onPicture: () => {
            throw new Error('the screen is broken');
          },
        },
      ),
    ));
});
