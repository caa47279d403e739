import { expect, it } from 'vitest';
import { openRelay } from '../support/brokers.ts';
import { testClip } from '../support/media.ts';
import { readClip } from '../support/rtsp-camera/annex-b.ts';
import { openBlackhole } from '../support/rtsp-camera/blackhole.ts';
import { openCameraProcess } from '../support/rtsp-camera/camera-process.ts';
import { openRtspCamera, type RtspCamera } from '../support/rtsp-camera/server.ts';
import { cameraConfig, cameraProgram, serving, watching } from './watched-camera.ts';
import { besideHealthyCamera, comesBack, told } from './watched-camera-beside.ts';

const deadlines = { firstFrameMs: 4000, stallMs: 1500, graceMs: 500 };
const supervision = { firstDelayMs: 100, longestDelayMs: 400, random: () => 0.5 };
const BACK_WITHIN_MS = 5000 + deadlines.firstFrameMs;

besideHealthyCamera('a camera behind a network that fails', () => {
  it('whose process is stopped is stalled_killed, then silent, and comes back when it goes on', async () => {
    const server = await openCameraProcess([{ clip: await testClip() }], cameraProgram());
    try {
      await watching(
        cameraConfig({ url: server.cameras[0]!.url }),
        async watched => {
          await watched.reached('live');
          process.kill(server.pid, 'SIGSTOP');
          await told(watched, 'backoff', 'stalled_killed');
          await told(watched, 'backoff', 'not_rtsp_or_silent');
          await comesBack(watched, () => process.kill(server.pid, 'SIGCONT'), BACK_WITHIN_MS);
        },
        { deadlines, supervision },
      );
    } finally {
      await server.close();
    }
  });

  it('that is cut off by something that goes on holding the connection is stalled_killed, and comes back', () =>
    serving({}, async server => {
      const relay = await openRelay(server.port);
      try {
        await watching(
          cameraConfig({ url: `rtsp://127.0.0.1:${relay.port}/cam1` }),
          async watched => {
            await watched.reached('live');
            relay.freeze();
            await told(watched, 'backoff', 'stalled_killed');
            await comesBack(watched, relay.thaw, BACK_WITHIN_MS);
          },
          { deadlines, supervision },
        );
      } finally {
        await relay.close();
      }
    }));

  it('that swallows every connection request is unreachable, and is live once it does not', async () => {
    const hole = await openBlackhole();
    let camera: RtspCamera | undefined;
    try {
      await watching(
        cameraConfig({ url: `rtsp://127.0.0.1:${hole.port}/cam1` }),
        async watched => {
          // ffmpeg gives up after its own five seconds.
          await told(watched, 'backoff', 'unreachable');
          await hole.close();
          await comesBack(
            watched,
            async () => {
              camera = await openRtspCamera({ clip: readClip(await testClip()), port: hole.port });
            },
            5000 + 8000,
          );
        },
        { supervision },
      );
    } finally {
      await hole.close();
      await camera?.close();
    }
  });

  it.each(['tcp', 'udp'] as const)(
    'that freezes over %s is stalled where ffmpeg itself gives up first',
    transport =>
      serving({}, server =>
        watching(
          cameraConfig({ url: server.url, transport }),
          async watched => {
            await watched.reached('live');
            server.faults.freeze = true;
            await told(watched, 'backoff', 'stalled');
            server.faults.freeze = false;
            expect(watched.statuses.map(({ phase }) => phase)).not.toContain('stalled');
          },
          { deadlines: { ...deadlines, stallMs: 19_000 }, supervision },
        ),
      ),
  );
});
