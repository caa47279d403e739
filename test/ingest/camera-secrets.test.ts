import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cameraConfig, procFile, serving, until, type WatchedCamera, watching } from './watched-camera.ts';

const PASSWORD = "o'pen sesame/@42";
const SPELLINGS = [PASSWORD, encodeURIComponent(PASSWORD), 'sesame'];
const credentials = { user: 'cam', password: PASSWORD, scheme: 'digest' } as const;

function expectNoSecret(where: string, text: string): void {
  for (const spelling of SPELLINGS) expect(text.includes(spelling), `${where}: ${text}`).toBe(false);
}

/** What every process of the machine shows of itself to every account. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => procFile(pid, 'cmdline').replaceAll('\0', ' '))
    .join('\n');
}

function expectDiscreet(watched: WatchedCamera): void {
  expect(watched.log.length).toBeGreaterThan(0);
  expectNoSecret('log', watched.log.join(''));
  expectNoSecret('status', JSON.stringify([...watched.statuses, watched.camera.status()]));
}

describe.concurrent('the password of a camera', () => {
  it('is in no command line, log or status while the camera plays', () =>
    serving({ credentials }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        expect(decodeURIComponent(server.url)).toContain(PASSWORD);
        await until('starting', () => watched.statuses.length > 0);
        expectNoSecret('argv', commandLines());
        await watched.reached('live');
        expectNoSecret('argv', commandLines());
        await server.powerOff();
        await watched.reached('backoff', 'refused');
        expectDiscreet(watched);
      }),
    ));

  it('is in no log or status where it is wrong', () =>
    serving({ credentials: { ...credentials, password: 'another' } }, server => {
      const url = server.url.replace('another', encodeURIComponent(PASSWORD));
      return watching(cameraConfig({ url }), async watched => {
        await watched.reached('backoff', 'auth_failed');
        expectDiscreet(watched);
      });
    }));

  it.each([
    ['the name is unknown', `rtsp://cam:${encodeURIComponent(PASSWORD)}@camera.invalid/live`],
    ['it stands in the query', `rtsp://127.0.0.1:1/live?user=cam&password=${encodeURIComponent(PASSWORD)}`],
    ['the address makes no sense', `rtsp://cam:${encodeURIComponent(PASSWORD)}@:x:/[`],
  ])('is in no log or status where %s', (_, url) =>
    watching(cameraConfig({ url }), async watched => {
      await watched.reached('backoff');
      expectDiscreet(watched);
    }),
  );
});

describe('a decoder that floods its standard error with the address', () => {
  it('neither gives it away nor makes the memory grow, and is ended at the deadline', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'facegate-flood-'));
    const file = join(folder, 'ffmpeg');
    const address = `$(sed -n "s/^file '\\(.*\\)'/\\1/p" <&5)`;
    await writeFile(file, `#!/bin/sh\nexec yes "[h264 @ 0x1] Invalid data found in ${address}" >&2\n`, {
      mode: 0o755,
    });
    const url = 'rtsp://cam:sesame@127.0.0.1:1/live';
    try {
      await watching(
        cameraConfig({ url }),
        async watched => {
          await pause(1000);
          const before = process.memoryUsage().rss;
          await watched.reached('backoff', 'not_rtsp_or_silent');
          expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
          expect(watched.log.filter(line => line.includes('"msg":"ffmpeg"')).length).toBeLessThanOrEqual(10);
          expect(watched.log.join('')).toContain('Invalid data found in rtsp://***');
          expectDiscreet(watched);
        },
        {
          ffmpeg: { file, version: '5.1', fpsMode: true, gate: false },
          deadlines: { firstFrameMs: 4000, stallMs: 1500, graceMs: 500 },
        },
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
