import { expect, it } from 'vitest';
import { freePort } from '../support/brokers.ts';
import { cameraConfig, serving, type WatchedCamera, watching } from './watched-camera.ts';
import { besideHealthyCamera, comesBack, told } from './watched-camera-beside.ts';

const deadlines = { firstFrameMs: 4000, stallMs: 1500, graceMs: 500 };
const supervision = { firstDelayMs: 100, longestDelayMs: 400, random: () => 0.5 };

/** Where the log says that the camera sent us. */
function targetsOf({ log }: WatchedCamera): string[] {
  const entries = log.map(line => JSON.parse(line) as { level: string; target?: string });
  return entries.flatMap(({ level, target }) => (level === 'warn' && target ? [target] : []));
}

besideHealthyCamera('a camera that redirects', () => {
  it('to another one is followed there, and the log says where', () =>
    serving({ path: '/hidden' }, target =>
      serving({}, server => {
        server.faults.redirectTo = target.url;
        return watching(cameraConfig({ url: server.url }), async watched => {
          await watched.reached('live');
          expect(target.clients).toBe(1);
          expect(targetsOf(watched)).toEqual([`127.0.0.1:${target.port}`]);
          expect(watched.log.join('')).not.toContain('hidden');
        });
      }),
    ));

  it('to where nobody listens is refused, says where, and is live once it stops', () =>
    serving({}, async server => {
      const port = await freePort();
      server.faults.redirectTo = `rtsp://127.0.0.1:${port}/cam1`;
      await watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await told(watched, 'backoff', 'refused');
          expect(targetsOf(watched)).toContain(`127.0.0.1:${port}`);
          await comesBack(watched, () => {
            server.faults.redirectTo = undefined;
          });
        },
        { deadlines, supervision },
      );
    }));

  it('to itself for ever is given up after a few rounds, and is live once it stops', () =>
    serving({}, async server => {
      // As slow as a network is.
      Object.assign(server.faults, { redirectTo: server.url, answerAfterMs: 20 });
      await watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await told(watched, 'backoff', 'not_rtsp_or_silent');
          const tries = watched.camera.status().restarts + 1;
          expect(server.connections).toBeLessThan(30 * tries);
          expect(new Set(targetsOf(watched))).toEqual(new Set([`127.0.0.1:${server.port}`]));
          expect(targetsOf(watched).length).toBeLessThanOrEqual(tries);
          await comesBack(watched, () => {
            server.faults.redirectTo = undefined;
          });
        },
        { supervision },
      );
    }));
});
