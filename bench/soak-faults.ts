import { setTimeout as sleep } from 'node:timers/promises';
import type { RemoteCamera } from '../test/support/rtsp-camera/camera-process.ts';

/** What a fault is done to. */
export interface SoakTarget {
  readonly camera: RemoteCamera;
  /** Its clip, and one of another size. */
  readonly clip: string;
  readonly otherClip: string;
  /** Process ids of the daemon's decoders, of all cameras. */
  readonly decoders: () => readonly number[];
}

/** How long a fault that does not end by itself goes on. */
const LASTS_MS = 20_000;
const POWER_OFF_MS = 10_000;

/** Everything that happens to cameras now and then, `%` being the number of the camera; each is over when its promise resolves. */
export const SOAK_FAULTS: Readonly<Record<string, (target: SoakTarget) => Promise<void>>> = {
  'camera % hangs up rudely': ({ camera }) => camera.act('reset'),
  'camera % hangs up': ({ camera }) => camera.act('hangUp'),
  'camera % is without power for 10 s': async ({ camera }) => {
    await camera.act('powerOff');
    await sleep(POWER_OFF_MS);
    await camera.act('powerOn');
  },
  'camera % freezes': ({ camera }) =>
    during(
      () => camera.set({ freeze: true }),
      () => camera.set({ freeze: false }),
    ),
  'camera % sends damaged pictures': ({ camera }) =>
    during(
      () => camera.set({ corrupt: 0.3 }),
      () => camera.set({ corrupt: 0 }),
    ),
  'camera % sends noise': ({ camera }) =>
    during(
      () => camera.set({ noise: true }),
      () => camera.set({ noise: false }),
    ),
  'camera % changes its size and back': ({ camera, clip, otherClip }) =>
    during(
      () => camera.switchClip(otherClip),
      () => camera.switchClip(clip),
    ),
  'some decoder is killed': async ({ decoders }) => signal(decoders(), 'SIGKILL'),
  'some decoder is stopped': async ({ decoders }) => signal(decoders(), 'SIGSTOP'),
};

async function during(begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
  await begin();
  await sleep(LASTS_MS);
  await end();
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  const pid = oneOf(pids);
  if (pid !== undefined) process.kill(pid, name);
}

/** One of them, at random. */
export function oneOf<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}
