import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/domain/image.ts';
import { testClip } from '../support/media.ts';
import { cameraConfig, childrenOf, serving, type WatchedCamera, watching } from './watched-camera.ts';

const credentials = { user: 'cam', password: "it's a s3cret/@:", scheme: 'digest' } as const;

async function takeFrames(watched: WatchedCamera, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  while (frames.length < count) {
    const frame = await watched.frame();
    frame.release();
    frames.push(frame);
  }
  return frames;
}

/** Mean of each colour over a rectangle of an rgb24 image. */
function meanColour({ small }: Frame, left: number, top: number, width: number, height: number): number[] {
  const sum = [0, 0, 0];
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) {
      for (const channel of [0, 1, 2]) sum[channel]! += small.data[(y * small.width + x) * 3 + channel]!;
    }
  }
  return sum.map(value => value / (width * height));
}

describe.concurrent('a camera', () => {
  it('gives frames in order, small and full, from a camera with a password', () =>
    serving({ credentials }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        const frames = await takeFrames(watched, 6);
        const [first] = frames;
        expect(first!.small).toMatchObject({ format: 'rgb24', width: 480, height: 360 });
        expect(first!.full).toMatchObject({ format: 'yuv420p', width: 640, height: 360 });
        expect(first!.small.data.length).toBe(480 * 360 * 3);
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

  it('gives about as many frames a second as were asked for', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url, fps: 10 }), async watched => {
        await takeFrames(watched, 10);
        const from = watched.camera.status();
        await takeFrames(watched, 20);
        const to = watched.camera.status();
        const rate = (to.frames - from.frames) / ((to.lastFrameAt! - from.lastFrameAt!) / 1000);
        expect(rate).toBeGreaterThan(7);
        // 25 pictures a second cannot be cut into tenths: every third is taken while two are not enough, or every second.
        expect(rate).toBeLessThan(14);
      }),
    ));

  it('shows what happens at once', () => {
    // Every picture of the two seconds has a brightness of its own, which tells how old it is when it arrives.
    const numbered = { filter: "geq=lum='16+4*N':cb=128:cr=128", seconds: 2 };
    return serving({ media: numbered }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await takeFrames(watched, 5);
        const ages: number[] = [];
        for (let taken = 0; taken < 15; taken++) {
          const [frame] = await takeFrames(watched, 1);
          const number = Math.round((frame!.full.data[0]! - 16) / 4);
          ages.push((server.position - 1 - number + 50) % 50);
        }
        // One picture is on its way and one is awaited by the parser; one held back by a thread would make it always
        // seven or more. A busy machine makes some of them older.
        expect(ages.toSorted((a, b) => a - b)[2], `${ages}`).toBeLessThanOrEqual(4);
      }),
    );
  });

  it('puts the picture into the top-left corner of the detector input and leaves the rest black', () =>
    serving({ media: { picture: 'color=white', seconds: 2 } }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        const [frame] = await takeFrames(watched, 1);
        expect(Math.min(...meanColour(frame!, 0, 0, 480, 268))).toBeGreaterThan(230);
        expect(Math.max(...meanColour(frame!, 0, 271, 480, 89))).toBe(0);
        // Full is limited range: white is 235, without colour 128.
        expect(frame!.full.data[0]).toBe(235);
        expect(frame!.full.data[640 * 360]).toBe(128);
      }),
    ));

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
      const { data } = frame!.full;
      const [y, u, v] = [data[0]!, data[320 * 240]!, data[320 * 240 + 160 * 120]!];
      // ITU-R BT.601, limited range.
      const luma = 1.164 * (y - 16);
      const rgb = [
        luma + 1.596 * (v - 128),
        luma - 0.392 * (u - 128) - 0.813 * (v - 128),
        luma + 2.017 * (u - 128),
      ];
      // Read by the wrong matrix, green would be off by 23.
      for (const colour of [rgb, meanColour(frame!, 50, 50, 20, 20)]) {
        for (const [at, value] of [30, 180, 60].entries()) {
          expect(Math.abs(colour[at]! - value), `${colour}`).toBeLessThan(8);
        }
      }
    });
    await rm(folder, { recursive: true });
  });

  it('plays a file at its own pace to its end, and is finished then', async () => {
    const file = await testClip({ container: 'mp4', seconds: 2 });
    await watching(cameraConfig({ url: pathToFileURL(file).href }), async watched => {
      const started = performance.now();
      await watched.ended;
      expect(performance.now() - started).toBeGreaterThan(1500);
      expect(watched.camera.status()).toMatchObject({ phase: 'stopped', reason: 'end_of_file', restarts: 0 });
      expect(watched.camera.status().frames).toBeGreaterThanOrEqual(9);
      expect(watched.camera.status().frames).toBeLessThanOrEqual(12);
      expect(childrenOf(watched.instance)).toEqual([]);
    });
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
