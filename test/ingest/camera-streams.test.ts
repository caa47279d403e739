import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Frame, FrameWanted, Image } from '../../src/domain/image.ts';
import { testClip } from '../support/media.ts';
import {
  cameraConfig,
  childrenOf,
  installedFfmpeg,
  serving,
  takeFrames,
  watching,
} from './watched-camera.ts';

const credentials = { user: 'cam', password: "it's a s3cret/@:", scheme: 'digest' } as const;

/** The colour in the middle of a yuv420p image. Source: ITU-R BT.601, limited range. */
function middleColour({ data, width, height }: Image): number[] {
  const [x, y] = [width >> 1, height >> 1];
  const chroma = (y >> 1) * (width >> 1) + (x >> 1);
  const luma = 1.164 * (data[y * width + x]! - 16);
  const u = data[width * height + chroma]! - 128;
  const v = data[width * height * 1.25 + chroma]! - 128;
  return [luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u];
}

describe.concurrent('a camera', () => {
  it('gives frames in order, small and full, from a camera with a password', () =>
    serving({ credentials }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        const frames = await takeFrames(watched, 6);
        const [first] = frames;
        expect(first!.small).toMatchObject({ format: 'yuv420p', width: 480, height: 270 });
        expect(first!.full).toMatchObject({ format: 'yuv420p', width: 640, height: 360 });
        expect(first!.small.data.length).toBe((480 * 270 * 3) / 2);
        expect(first!.full.data.length).toBe((640 * 360 * 3) / 2);
        expect(first!.full.data.buffer).toBeInstanceOf(SharedArrayBuffer);
        expect(first!.scale).toBe(0.75);
        for (const [at, frame] of frames.entries()) {
          expect(frame.cameraId).toBe('door');
          if (at === 0) continue;
          expect(frame.sequence).toBeGreaterThan(frames[at - 1]!.sequence);
          expect(frame.capturedAt).toBeGreaterThanOrEqual(frames[at - 1]!.capturedAt);
        }
        const status = watched.camera.status();
        expect(status).toMatchObject({ phase: 'live', width: 640, height: 360, restarts: 0 });
        expect(status.frames - status.dropped).toBeGreaterThanOrEqual(6);
        expect(watched.statuses.map(({ phase }) => phase)).toEqual(['starting', 'live']);
      }),
    ));

  it('gives both pictures in limited range', () =>
    serving({ media: { picture: 'color=white', seconds: 2 } }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        const [frame] = await takeFrames(watched, 1);
        for (const { data, width, height } of [frame!.small, frame!.full]) {
          // White is 235, without colour 128.
          expect(new Set(data.subarray(0, width * height))).toEqual(new Set([235]));
          expect(new Set(data.subarray(width * height))).toEqual(new Set([128]));
        }
      }),
    ));

  it('gives light frames until whole ones are wanted, whole ones then, and light ones again', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url, burstFps: 10 }), async ({ camera }) => {
        const kinds = async (wanted: FrameWanted, count: number) => {
          const taken: Frame[] = [];
          while (taken.length < count) {
            await camera.frameAvailable(AbortSignal.timeout(60_000), wanted);
            const frame = camera.takeNewest(wanted)!;
            expect(frame.full).toMatchObject({ width: 640, height: 360 });
            expect(frame.full.data).toHaveLength(frame.isWhole ? (640 * 360 * 3) / 2 : 0);
            frame.release();
            taken.push(frame);
          }
          return taken.slice(-4).map(({ isWhole }) => isWhole);
        };
        // What comes while a gate moves may be of either kind.
        for (let round = 0; round < 2; round++) {
          expect(await kinds('any', 12)).toEqual([false, false, false, false]);
          expect(await kinds('detail', 12)).toEqual([true, true, true, true]);
        }
        expect(camera.status()).toMatchObject({ phase: 'live', restarts: 0 });
      }),
    ));

  it('is restarted with whole frames for ever where they do not come when they are wanted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'facegate-deaf-'));
    const file = join(folder, 'ffmpeg');
    const { file: real } = await installedFfmpeg();
    // Hears no commands.
    await writeFile(file, `#!/bin/sh\nexec ${real} -nostdin "$@"\n`, { mode: 0o755 });
    const ffmpeg = { file, version: '5.1', fpsMode: true, gate: true };
    await serving({}, server =>
      watching(
        cameraConfig({ url: server.url }),
        async watched => {
          await watched.camera.frameAvailable(AbortSignal.timeout(60_000), 'any');
          expect((await watched.frame()).isWhole).toBe(true);
          const frames = await takeFrames(watched, 5);
          expect(frames.every(({ isWhole }) => isWhole)).toBe(true);
          expect(watched.log.join('')).toContain('gives them always');
        },
        { ffmpeg },
      ),
    );
    await rm(folder, { recursive: true });
  });

  it('scales wider pictures down to the width that was set, with even sides', () =>
    serving({ media: { width: 638, height: 362, seconds: 2 } }, server =>
      watching(cameraConfig({ url: server.url, maxWidth: 321 }), async watched => {
        const [frame] = await takeFrames(watched, 1);
        expect(frame!.full).toMatchObject({ width: 320, height: 182 });
      }),
    ));

  it('plays UDP', () =>
    serving({ transports: ['udp'] }, server =>
      watching(cameraConfig({ url: server.url, transport: 'udp' }), async watched => {
        expect(await takeFrames(watched, 3)).toHaveLength(3);
      }),
    ));

  it('plays H.265', () =>
    serving({ media: { codec: 'h265' } }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        const frames = await takeFrames(watched, 3);
        expect(frames[0]!.full).toMatchObject({ width: 640, height: 360 });
      }),
    ));

  it('plays a camera that asks for Basic authentication and describes no parameter sets', () =>
    serving({ credentials: { ...credentials, scheme: 'basic' }, describeParameterSets: false }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        expect(await takeFrames(watched, 3)).toHaveLength(3);
      }),
    ));

  it('keeps colours whatever matrix the camera encodes with', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'facegate-colour-'));
    const file = join(folder, 'green.mp4');
    const tags = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];
    await promisify(execFile)('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'color=0x1eb43c:size=320x240:rate=10', '-t', '1'],
      ...[
        '-vf',
        'scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd,format=yuv420p',
        ...tags,
        file,
      ],
    ]);
    await watching(cameraConfig({ url: pathToFileURL(file).href }), async watched => {
      const [frame] = await takeFrames(watched, 1);
      // Read by the wrong matrix, green would be off by 23.
      for (const colour of [middleColour(frame!.full), middleColour(frame!.small)]) {
        for (const [at, value] of [30, 180, 60].entries()) {
          expect(Math.abs(colour[at]! - value), `${colour}`).toBeLessThan(8);
        }
      }
    });
    await rm(folder, { recursive: true });
  });

  it('plays a file at its own pace to its end, and is finished then', async () => {
    const file = await testClip({ container: 'mp4', seconds: 2 });
    // Where a busy machine bunches light and whole frames, some are left out; without the gate all are whole.
    const ffmpeg = { ...(await installedFfmpeg()), gate: false };
    await watching(
      cameraConfig({ url: pathToFileURL(file).href }),
      async watched => {
        const started = performance.now();
        await watched.ended;
        expect(performance.now() - started).toBeGreaterThan(1500);
        expect(watched.camera.status()).toMatchObject({
          phase: 'stopped',
          reason: 'end_of_file',
          restarts: 0,
        });
        expect(watched.camera.status().frames).toBeGreaterThanOrEqual(9);
        expect(watched.camera.status().frames).toBeLessThanOrEqual(12);
        expect(childrenOf(watched.instance)).toEqual([]);
      },
      { ffmpeg },
    );
  });

  it('plays a looped file on past its end in one go', async () => {
    const file = await testClip({ container: 'mp4', seconds: 2 });
    await watching(cameraConfig({ url: pathToFileURL(file).href, loop: true }), async watched => {
      await watched.reached('live');
      const [pid] = childrenOf(watched.instance);
      await takeFrames(watched, 25);
      expect(watched.camera.status()).toMatchObject({ phase: 'live', restarts: 0 });
      expect(childrenOf(watched.instance)).toEqual([pid]);
    });
  });
});
