import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testClip } from '../support/media.ts';
import { cameraConfig, childrenOf, procFile, serving, until, watching } from './watched-camera.ts';

/** Deadlines for a camera that gives one picture a second. */
const patient = { deadlines: { firstFrameMs: 8000, stallMs: 4000, graceMs: 500 } };

const credentials = { user: 'cam', password: 's3cret', scheme: 'digest' } as const;

function warnings(log: readonly string[]): string[] {
  return log.filter(line => line.includes('"level":"warn"') || line.includes('"level":40'));
}

describe.concurrent('a hardware decoder', () => {
  it.each([
    ['that has no device', ['-hwaccel', 'vaapi']],
    ['that is unknown', ['-c:v', 'nosuchdecoder']],
    ['whose complaint reads like that of a network', ['-c:v', 'h264_cuvid']],
    ['that is asked for by a device that is not there', ['-init_hw_device', 'drm=x:/dev/dri/renderD199']],
  ])('%s is replaced by software, at once and for good', (_, hwaccel) =>
    serving({ credentials }, server =>
      watching(cameraConfig({ url: server.url, hwaccel }), async watched => {
        const live = await watched.reached('live');
        expect(live).toMatchObject({ softwareFallback: true, restarts: 1 });
        expect(live).not.toHaveProperty('reason');
        expect(watched.statuses.map(({ phase }) => phase)).toEqual(['starting', 'live']);
        const told = warnings(watched.log);
        expect(told).toHaveLength(1);
        expect(told[0]).toContain('software decodes until the daemon is restarted');
        expect(told[0]).not.toContain('s3cret');

        const from = watched.statuses.length;
        server.hangUp();
        await watched.reached('live', undefined, from);
        const [pid] = childrenOf(watched.instance);
        expect(procFile(pid!, 'cmdline')).not.toContain(hwaccel[1]);
        expect(procFile(pid!, 'oom_score_adj')).toBe('900\n');
        expect(watched.camera.status()).toMatchObject({ softwareFallback: true, restarts: 2 });
      }),
    ),
  );

  it('that takes the stream in and gives nothing is replaced when its time is up', () =>
    serving({}, server =>
      watching(
        cameraConfig({ url: server.url, hwaccel: ['-c:v', 'hevc'] }),
        async watched => {
          expect(await watched.reached('live')).toMatchObject({ softwareFallback: true });
        },
        { deadlines: { firstFrameMs: 5000, stallMs: 3000, graceMs: 500 } },
      ),
    ));

  it('that ffmpeg itself replaces is none of our business', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url, hwaccel: ['-hwaccel', 'auto'] }), async watched => {
        expect(await watched.reached('live')).not.toHaveProperty('softwareFallback');
        expect(warnings(watched.log)).toEqual([]);
        expect(watched.camera.status().restarts).toBe(0);
      }),
    ));

  it.each([
    ['auth_failed', (url: string) => url.replace('s3cret', 'wrong')],
    ['path_not_found', (url: string) => url.replace('/cam1', '/cam7')],
    ['refused', () => 'rtsp://127.0.0.1:1/live'],
    ['dns', () => 'rtsp://camera.invalid/live'],
  ] as const)('is not blamed where the camera said %s', (reason, urlOf) =>
    serving({ credentials, path: '/cam1' }, server =>
      watching(cameraConfig({ url: urlOf(server.url), hwaccel: ['-hwaccel', 'auto'] }), async watched => {
        const status = await watched.reached('backoff', reason);
        expect(status).not.toHaveProperty('softwareFallback');
        expect(status.restarts).toBe(0);
      }),
    ),
  );

  it('is asked again where software found no camera either', () =>
    serving({}, async server => {
      await server.powerOff();
      await watching(cameraConfig({ url: server.url, hwaccel: ['-c:v', 'nosuchdecoder'] }), async watched => {
        expect(await watched.reached('backoff', 'refused')).not.toHaveProperty('softwareFallback');
        await server.powerOn();
        expect(await watched.reached('live')).toMatchObject({ softwareFallback: true });
      });
    }));

  it('is replaced for a file as well', async () => {
    const url = pathToFileURL(await testClip({ container: 'mp4', seconds: 2 })).href;
    await watching(cameraConfig({ url, hwaccel: ['-hwaccel', 'vaapi'] }), async watched => {
      await watched.ended;
      const status = watched.camera.status();
      expect(status).toMatchObject({ reason: 'end_of_file', softwareFallback: true });
      expect(status.frames).toBeGreaterThan(5);
    });
  });
});

describe.concurrent('a camera of which key pictures alone are decoded', () => {
  it('gives one picture for each of them, and none twice', () =>
    serving({}, server =>
      watching(
        cameraConfig({ url: server.url, fps: 10, decode: 'keyframes' }),
        async watched => {
          await watched.reached('live');
          const first = watched.camera.status();
          await until('four more', () => watched.camera.status().frames >= first.frames + 4);
          const { lastFrameAt, frames, restarts } = watched.camera.status();
          // The clip has one a second; all of them would be ten.
          const seconds = (lastFrameAt! - first.lastFrameAt!) / 1000;
          expect(seconds / (frames - first.frames)).toBeGreaterThan(0.7);
          expect(seconds / (frames - first.frames)).toBeLessThan(1.5);
          expect(restarts).toBe(0);
        },
        patient,
      ),
    ));

  it('is given ten seconds before it counts as stalled', () =>
    // Key pictures are four seconds apart: by the deadline of other streams this one would stall all the time.
    serving({ media: { fps: 6, seconds: 8 }, fps: 1.5 }, server =>
      watching(
        cameraConfig({ url: server.url, fps: 10, decode: 'keyframes' }),
        async watched => {
          await watched.reached('live');
          const { frames } = watched.camera.status();
          await until('the next', () => watched.camera.status().frames > frames);
          expect(watched.camera.status()).toMatchObject({ phase: 'live', restarts: 0 });
        },
        { deadlines: {} },
      ),
    ));
});
