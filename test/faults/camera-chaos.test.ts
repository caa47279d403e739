import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { INSTANCE_VARIABLE } from '../../src/ingest/ffmpeg-process.ts';
import {
  cameraConfig,
  cameraProgram,
  procFile,
  until,
  type WatchedCamera,
  watching,
} from '../ingest/watched-camera.ts';
import { testClip } from '../support/media.ts';
import { openCameraProcess } from '../support/rtsp-camera/camera-process.ts';

/** Signals to decoders; more for a longer look: FACEGATE_KILLS=200 npx vitest run test/faults/camera-chaos.test.ts */
const KILLS = Number(process.env.FACEGATE_KILLS ?? 20);
const CAMERAS = 3;
const SAMPLE_MS = 20;
const MEGABYTE = 1_000_000;

/** Of this process and its children, while nothing is going on. */
interface Footprint {
  readonly rssMb: number;
  /** Frame buffers and what else is held outside of the heap. */
  readonly buffersMb: number;
  readonly files: number;
}

describe(`${CAMERAS} cameras whose decoders get ${KILLS} signals at random`, () => {
  it(
    'never have two decoders each, keep nothing of the dead, and are live at the end',
    async () => {
      const clip = await testClip();
      const server = await openCameraProcess(
        Array.from({ length: CAMERAS }, () => ({ clip, fps: 15 })),
        cameraProgram(),
      );
      try {
        await watchingAll(
          server.cameras.map(({ url }) => url),
          async cameras => {
            await allLive(cameras);
            const before = await footprint();
            const counted = startCounting();
            const sent = { SIGKILL: 0, SIGSTOP: 0 };
            while (sent.SIGKILL + sent.SIGSTOP < KILLS) {
              await pause(Math.random() * 800);
              const children = decoders().filter(({ state }) => !'TZ'.includes(state));
              const victim = children[Math.floor(Math.random() * children.length)];
              if (victim === undefined) continue;
              const signal = Math.random() < 0.75 ? 'SIGKILL' : 'SIGSTOP';
              process.kill(victim.pid, signal);
              sent[signal]++;
            }
            await allLive(cameras);
            const most = counted.stop();
            const after = await footprint();
            const restarts = cameras.map(({ camera }) => camera.status().restarts);
            process.stdout.write(
              `${sent.SIGKILL} SIGKILL and ${sent.SIGSTOP} SIGSTOP, restarts ${restarts.join(' ')}, most decoders of one camera ${most.ofOneCamera}, most zombies ${most.zombies}, before ${JSON.stringify(before)}, after ${JSON.stringify(after)}\n`,
            );
            expect(most.ofOneCamera).toBe(1);
            expect(decoders().map(({ state }) => state)).not.toContain('Z');
            expect(decoders()).toHaveLength(CAMERAS);
            expect(after.files).toBeLessThanOrEqual(before.files);
            expect(after.buffersMb - before.buffersMb).toBeLessThan(10);
            expect(after.rssMb - before.rssMb).toBeLessThan(60);
          },
        );
        expect(decoders()).toEqual([]);
      } finally {
        await server.close();
      }
    },
    60_000 + KILLS * 3000,
  );
});

/** Watches all of them while `body` runs, each with a mark of its own. */
async function watchingAll(
  urls: readonly string[],
  body: (cameras: readonly WatchedCamera[]) => Promise<void>,
  begun: readonly WatchedCamera[] = [],
): Promise<void> {
  const [url, ...rest] = urls;
  if (url === undefined) return body(begun);
  await watching(cameraConfig({ url }), watched => watchingAll(rest, body, [...begun, watched]), {
    deadlines: { firstFrameMs: 5000, stallMs: 1500, graceMs: 300 },
    supervision: { firstDelayMs: 50, longestDelayMs: 200 },
  });
}

/** Waits until each is live, gets new frames and has one running decoder. */
async function allLive(cameras: readonly WatchedCamera[]): Promise<void> {
  const begin = new Map<WatchedCamera, number>();
  await until(
    () => `all live, but ${JSON.stringify(cameras.map(({ camera }) => camera.status()))}`,
    () =>
      cameras.filter(watched => {
        const { phase, frames } = watched.camera.status();
        if (phase !== 'live') begin.delete(watched);
        else if (!begin.has(watched)) begin.set(watched, frames);
        // Longer than a stall takes to be noticed.
        return frames >= (begin.get(watched) ?? frames) + 10;
      }).length === cameras.length,
    60_000,
  );
}

interface Decoder {
  readonly pid: number;
  readonly state: string;
  readonly instance: string;
}

/** The children of this process; a zombie has lost its mark. */
function decoders(): Decoder[] {
  return procFile(process.pid, `task/${process.pid}/children`)
    .split(' ')
    .filter(text => text !== '')
    .map(pid => {
      const mark = procFile(pid, 'environ')
        .split('\0')
        .find(entry => entry.startsWith(INSTANCE_VARIABLE));
      const status = procFile(pid, 'stat');
      return {
        pid: Number(pid),
        state: status.slice(status.lastIndexOf(')') + 2)[0] ?? '',
        instance: mark ?? '',
      };
    })
    .filter(({ instance, state }) => instance.includes('=test-') || state === 'Z');
}

/** Looks again and again how many decoders each camera has, until stopped. */
function startCounting(): { stop(): { ofOneCamera: number; zombies: number } } {
  const most = { ofOneCamera: 0, zombies: 0 };
  const timer = setInterval(() => {
    const now = decoders();
    const marks = now.filter(({ state }) => state !== 'Z').map(({ instance }) => instance);
    for (const mark of marks) {
      most.ofOneCamera = Math.max(most.ofOneCamera, marks.filter(other => other === mark).length);
    }
    most.zombies = Math.max(most.zombies, now.length - marks.length);
  }, SAMPLE_MS);
  return {
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
}

async function footprint(): Promise<Footprint> {
  // What merely waits to be collected is not kept; a buffer counts until the collection after the one that found it.
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  await pause(100);
  collect();
  const { rss, external } = process.memoryUsage();
  return {
    rssMb: Math.round(rss / MEGABYTE),
    buffersMb: Math.round(external / MEGABYTE),
    files: readdirSync('/proc/self/fd').length,
  };
}
