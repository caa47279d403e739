import { createServer as createHttpServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { CameraReason } from '../../src/domain/camera.ts';
import { testClip } from '../support/media.ts';
import { readClip } from '../support/rtsp-camera/annex-b.ts';
import type { Faults } from '../support/rtsp-camera/faults.ts';
import { describeVideo } from '../support/rtsp-camera/sdp.ts';
import { openRtspCamera, type RtspCamera, type RtspCameraOptions } from '../support/rtsp-camera/server.ts';
import { cameraConfig, serving, until, type WatchedCamera, watching } from './watched-camera.ts';
import { besideHealthyCamera, comesBack, told } from './watched-camera-beside.ts';

const credentials = { user: 'cam', password: 's3cret', scheme: 'digest' } as const;
const deadlines = { firstFrameMs: 4000, stallMs: 1500, graceMs: 500 };
const supervision = { firstDelayMs: 100, longestDelayMs: 400, lateDelayMs: 400, random: () => 0.5 };
/** A try that is under way when the fault ends needs its deadline first. */
const BACK_WITHIN_MS = 5000 + deadlines.firstFrameMs;

/** The delays that were waited before new tries, as the log tells them. */
function delaysOf(watched: WatchedCamera): number[] {
  return watched.log
    .map(line => JSON.parse(line) as { delayMs?: number })
    .flatMap(({ delayMs }) => delayMs ?? []);
}

type Wrong = Omit<RtspCameraOptions, 'clip' | 'port'>;
const WRONG: [CameraReason, string, Wrong, Wrong][] = [
  ['auth_failed', 'it has another password', { credentials: { ...credentials, password: 'new' } }, {}],
  ['path_not_found', 'it has another path', { credentials, path: '/main' }, {}],
  ['transport_unsupported', 'it offers only UDP', { credentials, transports: ['udp'] }, {}],
  ['no_video', 'it sends only sound', { credentials, audioOnly: true }, {}],
];

besideHealthyCamera('a camera that is not as configured', () => {
  it.each(WRONG)('is %s where %s, and live once it is put right', async (reason, _, wrong) => {
    const clip = readClip(await testClip());
    const first = await openRtspCamera({ clip, ...wrong });
    const { port } = first;
    let camera = first;
    const url = `rtsp://cam:s3cret@127.0.0.1:${port}/cam1`;
    try {
      await watching(
        cameraConfig({ url }),
        async watched => {
          await told(watched, 'backoff', reason);
          await comesBack(watched, async () => {
            await first.close();
            camera = await openRtspCamera({ clip, credentials, port });
          });
        },
        { deadlines, supervision },
      );
    } finally {
      await camera.close();
    }
  });

  it.each([
    ['password', 'auth_failed', (url: string) => url.replace('s3cret', 'wrong')],
    ['path', 'path_not_found', (url: string) => url.replace('/cam1', '/cam7')],
  ] as const)('is asked once in minutes where the %s is wrong', (_, reason, spoilt) =>
    serving({ credentials }, server =>
      watching(cameraConfig({ url: spoilt(server.url) }), async watched => {
        await told(watched, 'backoff', reason);
        await until('a delay', () => delaysOf(watched).length > 0);
        expect(delaysOf(watched)).toEqual([180_000]);
        expect(server.connections).toBe(1);
      }),
    ),
  );

  it('is refused where nothing listens, and tried after longer and longer', () =>
    serving({}, async server => {
      await server.powerOff();
      await watching(cameraConfig({ url: server.url }), async watched => {
        await told(watched, 'backoff', 'refused');
        await until('three tries', () => delaysOf(watched).length >= 3);
        expect(delaysOf(watched).slice(0, 3)).toEqual([100, 200, 400]);
        await comesBack(watched, server.powerOn);
      });
    }));

  it.each([
    ['dns', 'rtsp://camera.invalid/live'],
    ['no_file', 'file:///nowhere/film.mp4'],
    ['no_file', pathToFileURL(import.meta.filename).href],
    ['no_device', '/dev/video97'],
  ] as const)('is %s where it is %s', (reason, url) =>
    watching(cameraConfig({ url }), watched => told(watched, 'backoff', reason)),
  );

  it('is said to lack ffmpeg where that has gone', () =>
    watching(
      cameraConfig({ url: 'rtsp://127.0.0.1:1/live' }),
      watched => told(watched, 'backoff', 'ffmpeg_missing'),
      { ffmpeg: { file: '/nowhere/ffmpeg', version: '5.1', fpsMode: true, gate: false } },
    ));
});

const silent = (muteAfter: Faults['muteAfter']): Partial<Faults> => ({ muteAfter });
const describedAs = (description: string): Partial<Faults> => ({ description });
const UNKNOWN_CODEC =
  'v=0\r\ns=cam\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 VP99/90000\r\na=control:trackID=0\r\n';

besideHealthyCamera('a camera that answers in the wrong way', () => {
  it.each<[CameraReason, string, Partial<Faults>]>([
    ['not_rtsp_or_silent', 'accepts and never answers', silent('connect')],
    ['not_rtsp_or_silent', 'answers nothing after OPTIONS', silent('OPTIONS')],
    ['not_rtsp_or_silent', 'answers nothing after DESCRIBE', silent('DESCRIBE')],
    ['not_rtsp_or_silent', 'sends nothing after PLAY', silent('PLAY')],
    ['not_rtsp_or_silent', 'describes itself with nothing', describedAs('')],
    ['no_video', 'describes itself with nonsense', describedAs('%PDF-1.7 \0\x01\x02')],
    ['no_video', 'describes a codec that nobody knows', describedAs(UNKNOWN_CODEC)],
    ['not_rtsp_or_silent', 'sends noise from the beginning', { noise: true }],
  ])('is %s where it %s, and live once that has ended', (reason, _, faults) =>
    serving({}, async server => {
      const { faults: none } = { faults: { ...server.faults } };
      Object.assign(server.faults, faults);
      await watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await told(watched, 'backoff', reason);
          await comesBack(watched, () => Object.assign(server.faults, none), BACK_WITHIN_MS);
        },
        { deadlines, supervision },
      );
    }),
  );

  it('is not_rtsp_or_silent where it describes another codec than it sends', async () => {
    const description = describeVideo(readClip(await testClip({ codec: 'h265' })), {
      fps: 25,
      parameterSets: true,
    });
    await expectSilent({ description });
  });

  it('is not_rtsp_or_silent where a web server listens at its port, and live once it does', async () => {
    const web = createHttpServer((_request, response) => response.end('<html>'));
    await new Promise<void>(resolve => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as { port: number };
    let camera: RtspCamera | undefined;
    try {
      await watching(
        cameraConfig({ url: `rtsp://127.0.0.1:${port}/cam1` }),
        async watched => {
          await told(watched, 'backoff', 'not_rtsp_or_silent');
          web.closeAllConnections();
          await new Promise(resolve => web.close(resolve));
          await comesBack(watched, async () => {
            camera = await openRtspCamera({ clip: readClip(await testClip()), port });
          });
        },
        { deadlines, supervision },
      );
    } finally {
      web.close();
      await camera?.close();
    }
  });
});

/** Expects a camera with these faults to be taken for something that is no camera. */
function expectSilent(faults: Partial<Faults>): Promise<void> {
  return serving({}, async server => {
    Object.assign(server.faults, faults);
    await watching(
      cameraConfig({ url: server.url }),
      watched => told(watched, 'backoff', 'not_rtsp_or_silent'),
      { deadlines, supervision },
    );
  });
}
