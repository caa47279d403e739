import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testClip } from '../support/media.ts';
import { readClip } from '../support/rtsp-camera/annex-b.ts';
import { cameraConfig, childrenOf, serving, until, type WatchedCamera, watching } from './watched-camera.ts';

const credentials = { user: 'cam', password: 's3cret', scheme: 'digest' } as const;

/** The delays that were waited before new tries, as the log tells them. */
function delaysOf(watched: WatchedCamera): number[] {
  return watched.log
    .map(line => JSON.parse(line) as { delayMs?: number })
    .flatMap(({ delayMs }) => delayMs ?? []);
}

/** Waits for a frame that arrives from now on. */
async function freshFrame({ camera }: WatchedCamera): Promise<void> {
  const { frames } = camera.status();
  await until(`a frame after number ${frames}`, () => camera.status().frames > frames);
}

describe.concurrent('a camera that cannot be reached as configured', () => {
  it('is left alone for minutes where the password is wrong', () =>
    serving({ credentials }, server =>
      watching(cameraConfig({ url: server.url.replace('s3cret', 'wrong') }), async watched => {
        const status = await watched.reached('backoff', 'auth_failed');
        expect(status.message).toContain('password');
        expect(delaysOf(watched)).toEqual([180_000]);
        expect(server.connections).toBe(1);
      }),
    ));

  it('is left alone for minutes where the path is wrong', () =>
    serving({ path: '/cam1' }, server =>
      watching(cameraConfig({ url: server.url.replace('/cam1', '/cam7') }), async watched => {
        await watched.reached('backoff', 'path_not_found');
        expect(delaysOf(watched)).toEqual([180_000]);
      }),
    ));

  it('is said to refuse the transport where it offers only the other one', () =>
    serving({ transports: ['udp'] }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('backoff', 'transport_unsupported');
      }),
    ));

  it('is said to have no video where it sends only sound', () =>
    serving({ audioOnly: true }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('backoff', 'no_video');
      }),
    ));

  it('is tried again, after longer and longer, where nothing listens', () =>
    serving({}, async server => {
      await server.powerOff();
      await watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('backoff', 'refused');
        await until('three tries', () => delaysOf(watched).length >= 3);
        expect(delaysOf(watched).slice(0, 3)).toEqual([100, 200, 400]);
        await server.powerOn();
        await watched.reached('live');
      });
    }));

  it('is said to be silent where it accepts and never answers', () =>
    serving({}, async server => {
      server.faults.muteAfter = 'connect';
      const deadlines = { firstFrameMs: 1500, stallMs: 1000, graceMs: 500 };
      await watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await watched.reached('backoff', 'not_rtsp_or_silent');
          server.faults.muteAfter = undefined;
        },
        { deadlines },
      );
    }));

  it('is said to be unknown where its name cannot be resolved', () =>
    watching(cameraConfig({ url: 'rtsp://camera.invalid/live' }), async watched => {
      await watched.reached('backoff', 'dns');
    }));

  it.each([
    ['no_file', 'file:///nowhere/film.mp4'],
    ['no_file', pathToFileURL(import.meta.filename).href],
    ['no_device', '/dev/video97'],
  ] as const)('is said to be %s where it is %s', (reason, url) =>
    watching(cameraConfig({ url }), async watched => {
      await watched.reached('backoff', reason);
    }),
  );

  it('is said to lack ffmpeg where that has gone', () =>
    watching(
      cameraConfig({ url: 'rtsp://127.0.0.1:1/live' }),
      async watched => {
        await watched.reached('backoff', 'ffmpeg_missing');
      },
      { ffmpeg: { file: '/nowhere/ffmpeg', version: '5.1', fpsMode: true } },
    ));
});

describe.concurrent('a live camera', () => {
  it('that freezes is stalled, ended and started again', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('live');
        server.faults.freeze = true;
        const stalled = await watched.reached('stalled', 'stalled_killed');
        expect(stalled.since - stalled.lastFrameAt!).toBeGreaterThan(1000);
        await watched.reached('backoff', 'stalled_killed');
        const told = watched.statuses.length;
        server.faults.freeze = false;
        expect(await watched.reached('live', undefined, told)).not.toHaveProperty('reason');
        await freshFrame(watched);
        expect(watched.camera.status().restarts).toBeGreaterThan(0);
      }),
    ));

  it('that sends nothing but reports is stalled too', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('live');
        server.faults.rtcpEveryMs = 100;
        server.faults.freeze = true;
        await watched.reached('backoff', 'stalled_killed');
      }),
    ));

  it('that loses its power comes back with it', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('live');
        await server.powerOff();
        await watched.reached('backoff', 'camera_closed');
        const refused = await watched.reached('backoff', 'refused');
        await server.powerOn();
        await watched.reached('live', undefined, watched.statuses.indexOf(refused));
        await freshFrame(watched);
      }),
    ));

  it('that hangs up is called again', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('live');
        server.hangUp();
        await watched.reached('backoff', 'camera_closed');
        await watched.reached('live', undefined, watched.statuses.length);
      }),
    ));

  it('whose decoder is killed gets a new one, and never has two', () =>
    serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          for (let round = 0; round < 5; round++) {
            const told = watched.statuses.length;
            await until('a child', () => childrenOf(watched.instance).length > 0);
            const children = childrenOf(watched.instance);
            expect(children).toHaveLength(1);
            process.kill(children[0]!, 'SIGKILL');
            await watched.reached('backoff', 'decoder_crashed', told);
            await watched.reached('starting', 'decoder_crashed', told);
          }
          await watched.reached('live', undefined, watched.statuses.length - 1);
          expect(childrenOf(watched.instance)).toHaveLength(1);
        },
        { supervision: { firstDelayMs: 50, longestDelayMs: 50, random: () => 0.5 } },
      ),
    ));

  it('whose decoder hangs is killed for good', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('live');
        const [hung] = childrenOf(watched.instance);
        process.kill(hung!, 'SIGSTOP');
        await watched.reached('backoff', 'stalled_killed');
        expect(childrenOf(watched.instance)).not.toContain(hung);
        await watched.reached('live', undefined, watched.statuses.length);
      }),
    ));

  it('that sends damaged pictures goes on', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('live');
        server.faults.corrupt = 0.5;
        for (let frame = 0; frame < 8; frame++) await freshFrame(watched);
        expect(watched.camera.status()).toMatchObject({ phase: 'live', restarts: 0 });
      }),
    ));

  it('that changes the size of its picture is read anew at that size', async () => {
    const small = readClip(await testClip({ width: 320, height: 240, seconds: 2 }));
    await serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        expect(await watched.reached('live')).toMatchObject({ width: 640, height: 360 });
        const told = watched.statuses.length;
        server.switchClip(small);
        await watched.reached('backoff', 'size_changed', told);
        expect(await watched.reached('live', undefined, told)).toMatchObject({ width: 320, height: 240 });
        (await watched.frame()).release();
      }),
    );
  });

  it('that changes its codec is read anew with that one', async () => {
    const other = readClip(await testClip({ codec: 'h265' }));
    await serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await watched.reached('live');
        const told = watched.statuses.length;
        server.switchClip(other);
        await watched.reached('live', undefined, told);
        await freshFrame(watched);
        expect(watched.camera.status().restarts).toBeGreaterThan(0);
        // The flood of complaints is neither kept nor logged whole.
        expect(watched.log.filter(line => line.includes('"msg":"ffmpeg"')).length).toBeLessThan(200);
      }),
    );
  });

  it('survives whoever is told of its status', () => {
    let told = 0;
    const onStatus = () => {
      if (++told === 2) throw new Error('the listener is broken');
    };
    return serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await until('live after all', () => told > 3 && watched.camera.status().phase === 'live');
          await freshFrame(watched);
          expect(watched.log.join('')).toContain('the listener is broken');
        },
        { onStatus },
      ),
    );
  });
});
