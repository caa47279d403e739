import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CameraReason } from '../../src/domain/camera.ts';
import { testClip } from '../support/media.ts';
import { readClip } from '../support/rtsp-camera/annex-b.ts';
import { noFaults } from '../support/rtsp-camera/faults.ts';
import type { RtspCamera } from '../support/rtsp-camera/server.ts';
import { cameraConfig, childrenOf, serving, until, type WatchedCamera, watching } from './watched-camera.ts';
import { besideHealthyCamera, comesBack, told } from './watched-camera-beside.ts';

interface Fault {
  readonly what: string;
  readonly transport?: 'tcp' | 'udp';
  readonly reason: CameraReason;
  readonly inject: (server: RtspCamera, watched: WatchedCamera) => unknown;
  readonly mend?: (server: RtspCamera) => unknown;
}

const set =
  (faults: Partial<RtspCamera['faults']>): Fault['inject'] =>
  server =>
    Object.assign(server.faults, faults);
const killDecoder = (signal: NodeJS.Signals) => async (_: unknown, watched: WatchedCamera) => {
  await until('a decoder', () => childrenOf(watched.instance).length > 0);
  process.kill(childrenOf(watched.instance)[0]!, signal);
};
const thaw = (server: RtspCamera) => Object.assign(server.faults, noFaults());

const FAULTS: Fault[] = [
  { what: 'hangs up', reason: 'camera_closed', inject: server => server.hangUp() },
  { what: 'resets the connection', reason: 'camera_closed', inject: server => server.reset() },
  { what: 'freezes', reason: 'stalled_killed', inject: set({ freeze: true }), mend: thaw },
  {
    ...{ what: 'freezes over UDP', transport: 'udp' },
    ...{ reason: 'stalled_killed', inject: set({ freeze: true }), mend: thaw },
  },
  {
    what: 'sends nothing but RTCP reports',
    ...{ reason: 'stalled_killed', inject: set({ freeze: true, rtcpEveryMs: 100 }), mend: thaw },
  },
  {
    what: 'neither sends nor answers',
    ...{ reason: 'stalled_killed', inject: set({ muteAfter: 'connect' }), mend: thaw },
  },
  { what: 'sends noise', reason: 'stalled_killed', inject: set({ noise: true }), mend: thaw },
  {
    what: 'has a clock that stands still',
    reason: 'stalled_killed',
    inject: set({ clockRate: 0 }),
    mend: thaw,
  },
  { what: 'has its decoder killed', reason: 'decoder_crashed', inject: killDecoder('SIGKILL') },
  { what: 'has its decoder stopped', reason: 'stalled_killed', inject: killDecoder('SIGSTOP') },
];
const deadlines = { firstFrameMs: 4000, stallMs: 1500, graceMs: 500 };
const supervision = { firstDelayMs: 100, longestDelayMs: 400, random: () => 0.5 };

besideHealthyCamera('a live camera', () => {
  it.each(FAULTS)('that $what is $reason, and comes back', ({ transport = 'tcp', reason, inject, mend }) =>
    serving({}, server =>
      watching(
        cameraConfig({ url: server.url, transport }),
        async watched => {
          await watched.reached('live');
          const known = watched.statuses.length;
          await inject(server, watched);
          const before = childrenOf(watched.instance);
          await told(watched, 'backoff', reason, known);
          // A try may have begun while the fault lasted; it needs its deadline.
          await comesBack(watched, () => mend?.(server), 5000 + (mend ? deadlines.firstFrameMs : 0));
          // Over UDP a busy machine loses pictures, and then the next decoder may be on its way.
          await until('one decoder', () => childrenOf(watched.instance).length === 1);
          expect(before).not.toContain(childrenOf(watched.instance)[0]);
        },
        { deadlines, supervision },
      ),
    ),
  );

  it('that loses its power is closed, then refused, and comes back with it', () =>
    serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await watched.reached('live');
          await server.powerOff();
          await told(watched, 'backoff', 'camera_closed');
          await told(watched, 'backoff', 'refused');
          await pause(1000);
          await comesBack(watched, server.powerOn);
        },
        { supervision },
      ),
    ));

  it.each([
    ['changes the size of its picture', 'size_changed', { width: 320, height: 240, seconds: 2 }],
    ['changes its codec', 'stalled_killed', { codec: 'h265' }],
  ] as const)('that %s is read anew', async (_, reason, media) => {
    const other = readClip(await testClip(media));
    await serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await watched.reached('live');
          const known = watched.statuses.length;
          server.switchClip(other);
          await told(watched, 'backoff', reason, known);
          await comesBack(watched, () => {});
          const { width = 640, height = 360 } = { width: undefined, height: undefined, ...media };
          expect(watched.camera.status()).toMatchObject({ width, height });
          const frame = await watched.frame();
          expect(frame.full).toMatchObject({ width, height });
          frame.release();
          // The flood of complaints is neither kept nor logged whole.
          expect(watched.log.filter(line => line.includes('"msg":"ffmpeg"')).length).toBeLessThan(200);
        },
        { deadlines, supervision },
      ),
    );
  });
});

besideHealthyCamera('a live camera that is not quite right', () => {
  it.each([
    ['damages every twentieth picture', { corrupt: 0.05 }],
    ['damages every picture but the key pictures', { corrupt: 1 }],
    ['leaves out every fifth picture', { drop: 0.2 }],
    ['has a clock that runs at half the speed', { clockRate: 0.5 }],
    ['has a clock that runs at twice the speed', { clockRate: 2 }],
    ['sends reports all the time', { rtcpEveryMs: 20 }],
  ])('goes on where it %s', (_, faults) =>
    serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await watched.reached('live');
          const known = watched.statuses.length;
          Object.assign(server.faults, faults);
          const { frames } = watched.camera.status();
          await until('ten frames', () => watched.camera.status().frames >= frames + 10);
          expect(watched.statuses.slice(known)).toEqual([]);
        },
        { deadlines: { ...deadlines, stallMs: 5000 } },
      ),
    ),
  );

  it('goes on where it freezes for less than the deadline', () =>
    serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await watched.reached('live');
          const known = watched.statuses.length;
          server.faults.freeze = true;
          await pause(1500);
          server.faults.freeze = false;
          await comesBack(watched, () => {});
          expect(watched.statuses.slice(known)).toEqual([]);
        },
        { deadlines: { ...deadlines, stallMs: 5000 } },
      ),
    ));

  it.each([1, 120])('delivers what is asked for where it sends %d pictures a second', fps =>
    serving({ fps, media: { fps } }, server =>
      watching(cameraConfig({ url: server.url, fps: 4 }), async watched => {
        await watched.reached('live');
        const begin = { at: performance.now(), frames: watched.camera.status().frames };
        await pause(4000);
        const seconds = (performance.now() - begin.at) / 1000;
        const rate = (watched.camera.status().frames - begin.frames) / seconds;
        expect(rate).toBeGreaterThan(Math.min(fps, 4) / 2);
        expect(rate).toBeLessThan(5);
        expect(watched.camera.status().phase).toBe('live');
      }),
    ),
  );
});

describe('a listener that throws', () => {
  it('does not end the camera that tells it', () => {
    let calls = 0;
    const onStatus = () => {
      if (++calls === 2) throw new Error('the listener is broken');
    };
    return serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await until('live after all', () => calls > 3 && watched.camera.status().phase === 'live');
          const { frames } = watched.camera.status();
          await until('another frame', () => watched.camera.status().frames > frames);
          expect(watched.log.join('')).toContain('the listener is broken');
        },
        { onStatus },
      ),
    );
  });
});
