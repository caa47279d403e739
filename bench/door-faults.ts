import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Mosquitto } from '../test/support/brokers.ts';
import { oneOf, SOAK_FAULTS, type SoakTarget } from './soak-faults.ts';
import type { SupervisedDaemon } from './supervised-daemon.ts';

/** All that the way from a face to an open door rests on. */
export interface DoorGround {
  readonly cameras: readonly SoakTarget[];
  readonly daemon: SupervisedDaemon;
  readonly broker: Mosquitto;
  /** Folder of the store, on a disk of its own. */
  readonly state: string;
  /** Takes the controllers away without a word, and brings them back. */
  readonly controllers: { leave(): Promise<void>; come(): Promise<void> };
}

const AWAY_MS = 8000;
const FULL_MS = 15_000;
const SILENT_MS = 10_000;

/** What happens to cameras, store, daemon, broker and controllers; each is over when its promise resolves, but for what recovers by itself. */
export const DOOR_FAULTS: Readonly<Record<string, (ground: DoorGround) => Promise<void>>> = {
  'the daemon is killed': ({ daemon }) => restarted(daemon, async () => killed(daemon)),
  'a camera hangs up rudely': atACamera('camera % hangs up rudely'),
  'a write of the store fails': ({ daemon, state }) => restarted(daemon, () => failWrite(daemon, state)),
  'the broker is killed and away': async ({ broker }) => {
    await broker.kill();
    await sleep(AWAY_MS);
    await broker.start();
  },
  'a decoder is stopped': atACamera('some decoder is stopped'),
  'the disk is full': async ({ state }) => {
    const filler = join(state, 'filler');
    fill(filler);
    await sleep(FULL_MS);
    rmSync(filler);
  },
  'a camera is without power': atACamera('camera % is without power for 10 s'),
  'the controllers are away': async ({ controllers }) => {
    await controllers.leave();
    await sleep(AWAY_MS);
    await controllers.come();
  },
  'a camera freezes': atACamera('camera % freezes'),
  'daemon and broker are killed': async ({ daemon, broker }) => {
    await broker.kill();
    await restarted(daemon, async () => killed(daemon));
    await broker.start();
  },
  'a decoder is killed': atACamera('some decoder is killed'),
  'a camera sends damaged pictures': atACamera('camera % sends damaged pictures'),
  'a camera changes its size and back': atACamera('camera % changes its size and back'),
  'a camera sends noise': atACamera('camera % sends noise'),
  'a camera hangs up': atACamera('camera % hangs up'),
  'a camera falls silent': async ({ cameras }) => {
    const { camera } = oneOf(cameras)!;
    await camera.set({ muteAfter: 'PLAY' });
    await sleep(SILENT_MS);
    await camera.set({ muteAfter: undefined });
  },
};

function atACamera(name: string): (ground: DoorGround) => Promise<void> {
  return ({ cameras }) => SOAK_FAULTS[name](oneOf(cameras)!);
}

async function restarted(daemon: SupervisedDaemon, end: () => Promise<void>): Promise<void> {
  const before = daemon.current();
  await end();
  await daemon.after(before);
}

async function killed(daemon: SupervisedDaemon): Promise<void> {
  daemon.current().process.kill('SIGKILL');
}

/** Fails the next write of the store's file, which the daemon answers by ending itself. strace needs the right to trace (root). */
async function failWrite(daemon: SupervisedDaemon, state: string): Promise<void> {
  const calls = 'pwrite64,writev,pwritev,fdatasync';
  const what = [
    '-e',
    `trace=${calls}`,
    '-P',
    join(state, 'data.mdb'),
    '-e',
    `inject=${calls}:error=EIO:when=1`,
  ];
  const pid = `${daemon.current().process.pid}`;
  const tracer = spawn('strace', ['-f', '-qq', '-o', '/dev/null', ...what, '-p', pid], { stdio: 'ignore' });
  const ended = once(tracer, 'exit');
  await daemon.current().exited;
  tracer.kill('SIGKILL');
  await ended;
}

/** Takes every byte that is free. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  const bytes = Buffer.alloc(1024 * 1024);
  try {
    for (;;) writeSync(handle, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
}
