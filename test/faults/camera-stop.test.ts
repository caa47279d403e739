import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cameraConfig, childrenOf, until, watching } from '../ingest/watched-camera.ts';

/** A decoder that wants to go on: it says that it is there and ignores SIGTERM. */
const STUBBORN = `#!/bin/sh
trap '' TERM
echo unwilling >&2
while :; do sleep 0.1; done
`;

describe('a decoder that will not end', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-stubborn-'));
    file = join(folder, 'ffmpeg');
    await writeFile(file, STUBBORN, { mode: 0o755 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const stubborn = (firstFrameMs: number) => ({
    ffmpeg: { file, version: '5.1', fpsMode: true, gate: false },
    deadlines: { firstFrameMs, stallMs: 1000, graceMs: 700 },
  });

  it('is asked, given its grace, and killed when the camera is stopped', () =>
    watching(
      cameraConfig({ url: 'rtsp://127.0.0.1:1/live' }),
      async watched => {
        await until('its word', () => watched.log.join('').includes('unwilling'));
        expect(childrenOf(watched.instance).length).toBeGreaterThan(0);
        const began = performance.now();
        await watched.stop();
        expect(performance.now() - began).toBeGreaterThan(600);
        expect(watched.camera.status().phase).toBe('stopped');
        // The sleep of the script bears the mark, too, and ends by itself.
        await until('nothing is left', () => childrenOf(watched.instance).length === 0);
      },
      stubborn(20_000),
    ));

  it('is gone before the next one starts', () =>
    watching(
      cameraConfig({ url: 'rtsp://127.0.0.1:1/live' }),
      async watched => {
        await until('three tries', () => watched.camera.status().restarts >= 2);
        const times = watched.log
          .map(line => JSON.parse(line) as { msg: string; line?: string; time: string })
          .filter(({ line }) => line === 'unwilling')
          .map(({ time }) => Date.parse(time));
        // Deadline, grace and backoff, one after the other; a line may be read a little late.
        for (const [at, time] of times.slice(1).entries()) expect(time - times[at]!).toBeGreaterThan(900);
      },
      stubborn(300),
    ));
});
