import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PIPES } from '../../src/ingest/ffmpeg-arguments.ts';
import { cameraConfig, until, watching } from './watched-camera.ts';

const LATE = 99;
const SMALL = { width: 480, height: 360 };
const FULL = { width: 64, height: 48 };

/**
 * A stand-in for ffmpeg whose n-th run sends frames of nothing but n. The first run says that the picture changed its
 * size, and when it is told to end for that, it sends frames, and a part of one, of nothing but LATE.
 */
const standIn = (counter: string) => `#!${process.execPath}
const { appendFileSync, readFileSync, writeSync } = require('node:fs');
appendFileSync(${JSON.stringify(counter)}, '.');
const run = readFileSync(${JSON.stringify(counter)}, 'utf8').length;
const small = value => Buffer.alloc(${(SMALL.width * SMALL.height * 3) / 2}, value);
const full = value => Buffer.alloc(${(FULL.width * FULL.height * 3) / 2}, value);
const send = (fd, bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at); };
const frame = value => { send(${PIPES.small}, small(value)); send(${PIPES.full}, full(value)); };
const say = line => writeSync(2, line + '\\n');
say('[graph 0 input from stream 0:0 @ 0x1] w:64 h:48 pixfmt:yuv420p');
say('  Stream #0:0: Video: rawvideo (I420), yuv420p(tv), 480x360 [SAR 1:1]');
say('  Stream #1:0: Video: rawvideo (I420), yuv420p(tv), 64x48 [SAR 1:1]');
let sent = 0;
const sending = setInterval(() => {
  frame(run);
  if (run === 1 && ++sent === 5) say('[graph 0 input from stream 0:0 @ 0x1] w:32 h:24 pixfmt:yuv420p');
}, 40);
process.on('SIGTERM', () => {
  clearInterval(sending);
  for (let late = 0; late < 5; late++) frame(${LATE});
  send(${PIPES.small}, small(${LATE}).subarray(0, 1000));
  setTimeout(() => process.exit(0), 200);
});
`;

describe('the frames of a run that was ended', () => {
  it('are never taken for those of the next', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'facegate-runs-'));
    const file = join(folder, 'ffmpeg');
    await writeFile(file, standIn(join(folder, 'runs')), { mode: 0o755 });
    const shown: number[][] = [];
    await watching(
      cameraConfig({ url: 'rtsp://127.0.0.1:1/live' }),
      async watched => {
        await watched.reached('backoff', 'size_changed');
        const { frames } = watched.camera.status();
        await until('frames of the second run', () => watched.camera.status().frames >= frames + 10);
        expect(shown).toEqual([...Array(frames).fill([1]), ...Array(shown.length - frames).fill([2])]);
        expect(watched.camera.status().restarts).toBe(1);
      },
      {
        ffmpeg: { file, version: '5.1', fpsMode: true, gate: false },
        deadlines: { firstFrameMs: 8000, stallMs: 4000, graceMs: 4000 },
        onPicture: ({ small, full }) =>
          void shown.push([...new Set([...new Set(small.data), ...new Set(full.data)])]),
      },
    );
    await rm(folder, { recursive: true });
  });
});
