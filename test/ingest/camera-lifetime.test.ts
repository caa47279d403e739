import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/domain/image.ts';
import { cameraConfig, childrenOf, serving, until, watching } from './watched-camera.ts';

const program = join(import.meta.dirname, '../../dist/test/support/rtsp-camera/watcher-program.js');

describe.concurrent('the decoder of a camera', () => {
  it.each([0, 30, 150, 500])('is gone when the camera is stopped %i ms after its start', afterMs =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await pause(afterMs);
        await watched.stop();
        expect(watched.camera.status().phase).toBe('stopped');
        expect(childrenOf(watched.instance)).toEqual([]);
      }),
    ),
  );

  it('is gone when the camera is stopped while it waits for the next try', () =>
    watching(cameraConfig({ url: 'rtsp://127.0.0.1:1/live' }), async watched => {
      await watched.reached('backoff', 'refused');
      await watched.stop();
      expect(watched.camera.status()).not.toHaveProperty('reason');
      expect(childrenOf(watched.instance)).toEqual([]);
    }));

  it('dies with a daemon that is killed, even while the camera sends nothing', () =>
    serving({}, async server => {
      expect(existsSync(program), 'build first: npx tsc -p tsconfig.build.json').toBe(true);
      const instance = `killed-${process.pid}`;
      const daemon = spawn(process.execPath, [program, instance], { stdio: ['pipe', 'pipe', 'inherit'] });
      try {
        let phases = '';
        daemon.stdout.on('data', (text: Buffer) => {
          phases += text;
        });
        daemon.stdin.end(server.url);
        await until('live', () => phases.includes('live'));
        server.faults.freeze = true;
        // What is still under way would end it by a broken pipe.
        await pause(700);
        expect(childrenOf(instance)).toHaveLength(1);
        daemon.kill('SIGKILL');
        await until('no decoder is left', () => childrenOf(instance).length === 0, 2000);
      } finally {
        daemon.kill('SIGKILL');
      }
    }));
});

describe.concurrent('a slow consumer', () => {
  it('always gets a fresh frame, and what it missed is counted', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url, fps: 10 }), async watched => {
        (await watched.frame()).release();
        const before = watched.camera.status();
        const ages: number[] = [];
        for (let taken = 0; taken < 6; taken++) {
          const frame = await watched.frame();
          ages.push(Date.now() - frame.capturedAt);
          await pause(600);
          frame.release();
        }
        expect(Math.max(...ages)).toBeLessThan(400);
        const after = watched.camera.status();
        const [frames, dropped] = [after.frames - before.frames, after.dropped - before.dropped];
        expect(dropped).toBeGreaterThan(10);
        // Whatever arrived was taken, was missed, or is the newest one still.
        expect(frames - dropped - ages.length).toBeGreaterThanOrEqual(0);
        expect(frames - dropped - ages.length).toBeLessThanOrEqual(1);
      }),
    ));

  it('that keeps every frame stops getting new ones, but the camera is read on', () =>
    serving({}, server =>
      watching(cameraConfig({ url: server.url, fps: 10 }), async watched => {
        const kept: Frame[] = [];
        while (kept.length < 3) kept.push(await watched.frame());
        const held = kept.map(frame => Buffer.from(frame.full.data));
        const { frames } = watched.camera.status();
        await until('ten more frames', () => watched.camera.status().frames > frames + 10);
        expect(watched.camera.takeNewest('detail')).toBeUndefined();
        // Nothing was written into what is held.
        for (const [at, frame] of kept.entries()) expect(held[at]!.equals(frame.full.data)).toBe(true);

        kept[0]!.release();
        kept[0]!.release();
        const next = await watched.frame();
        expect(next.sequence).toBeGreaterThan(frames + 10);
        await until('ten more frames', () => watched.camera.status().frames > next.sequence + 10);
        // One lease was given back once, so one frame could be had, not two.
        expect(watched.camera.takeNewest('detail')).toBeUndefined();
        expect(watched.camera.status()).toMatchObject({ phase: 'live', restarts: 0 });
      }),
    ));

  it('that waits is woken when it is stopped', () =>
    watching(cameraConfig({ url: 'rtsp://127.0.0.1:1/live' }), async ({ camera }) => {
      const stopping = new AbortController();
      const waiting = camera.frameAvailable(stopping.signal);
      stopping.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    }));
});
