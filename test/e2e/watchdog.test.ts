import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { cameraProgram } from '../ingest/watched-camera.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  startDaemon,
} from '../support/daemon-process.ts';
import { testClip } from '../support/media.ts';
import { type NotifySocket, openNotifySocket } from '../support/notify-socket.ts';
import { type CameraProcess, openCameraProcess } from '../support/rtsp-camera/camera-process.ts';

const WATCHDOG_MS = 9000;
const PRELOAD = join(import.meta.dirname, '../support/hang-preload.mjs');

/** The daemon as systemd would see it, with a camera that plays. */
describe('the signs of life', () => {
  let folder: string;
  let cameras: CameraProcess;
  let socket: NotifySocket;
  let settings: DaemonSettings;
  let daemon: DaemonProcess;
  let flag: string;
  let token: string;
  let tracer: ChildProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-watchdog-'));
    flag = join(folder, 'hang');
    cameras = await openCameraProcess([{ clip: await testClip() }], cameraProgram());
    const config = [
      'http: { port: 0 }',
      // Nobody listens there.
      'mqtt: { url: "mqtt://127.0.0.1:9" }',
      'cameras:',
      `  - { id: door, url: "${cameras.cameras[0]!.url}" }`,
    ];
    settings = { folder, config };
    token = await createToken(settings, 'default');
  });

  beforeEach(async () => {
    socket = await openNotifySocket();
    const env = {
      NOTIFY_SOCKET: socket.path,
      WATCHDOG_USEC: String(WATCHDOG_MS * 1000),
      NODE_OPTIONS: `--import ${PRELOAD}`,
      HANG_WORKERS_WHILE: flag,
    };
    settings = { ...settings, env };
    daemon = await startDaemon(settings);
    await until('a sign of life', () => socket.last('WATCHDOG=1') !== undefined);
    await until('a live camera', () => daemon.log().includes('The camera is live'));
  });

  afterEach(async () => {
    tracer?.kill('SIGKILL');
    tracer = undefined;
    await daemon?.kill();
    await socket?.close();
  });

  afterAll(async () => {
    await cameras?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function until(what: string, condition: () => boolean, ms = 60_000): Promise<void> {
    for (const end = performance.now() + ms; !condition(); await sleep(20))
      if (performance.now() > end)
        throw new Error(`never: ${what}\n${JSON.stringify(socket.notices.slice(-5))}\n${daemon?.log()}`);
  }

  /** Whether systemd would have ended the daemon by now. */
  const isGivenUp = () => performance.now() - socket.last('WATCHDOG=1')! > WATCHDOG_MS;

  const signs = () => socket.notices.filter(({ lines }) => lines.includes('WATCHDOG=1')).length;

  it('begin once REST answers over an open store, and end with STOPPING', async () => {
    const ready = socket.notices.findIndex(({ lines }) => lines.includes('READY=1'));
    expect(socket.notices.slice(0, ready).map(({ lines }) => lines)).toEqual([
      ['STATUS=Opening the store and the models.'],
    ]);
    for (const message of ['The gallery is loaded.', 'The REST server listens.'])
      expect(daemon.log().indexOf(message)).toBeGreaterThan(-1);
    expect((await fetch(`${daemon.url}/health/ready`)).status).toBe(200);

    const second = await openNotifySocket();
    try {
      const twin = { ...settings, env: { ...settings.env, NOTIFY_SOCKET: second.path } };
      await expect(startDaemon(twin)).rejects.toThrow('code 78');
      expect(second.last('READY=1')).toBeUndefined();
      expect(second.last('WATCHDOG=1')).toBeUndefined();
    } finally {
      await second.close();
    }

    expect(await daemon.stop()).toBe(0);
    expect(socket.last('STOPPING=1')).toBeGreaterThan(socket.last('WATCHDOG=1')!);
  });

  it('go on while camera and broker are merely away, and say so', async () => {
    const [camera] = cameras.cameras;
    await camera!.act('powerOff');
    try {
      await until('its absence in the status', () =>
        socket.notices.some(({ lines }) => lines[0] === 'STATUS=0 of 1 cameras live, broker away.'),
      );
      const before = signs();
      await until('four more signs of life', () => signs() > before + 3);
      expect((await fetch(`${daemon.url}/health/ready`)).status).toBe(200);
    } finally {
      await camera!.act('powerOn');
    }
  });

  it('stop where the main thread hangs', async () => {
    daemon.process.kill('SIGUSR2');
    await until('silence', isGivenUp);
  });

  it('stop where no pipeline gets on, and come back with them', async () => {
    await writeFile(flag, '');
    await until('the reason', () =>
      socket.notices.some(({ lines }) => lines.includes('STATUS=Frames come but none is analysed.')),
    );
    await until('silence', isGivenUp);
    const answer = await fetch(`${daemon.url}/health/ready`);
    expect(answer.status).toBe(503);
    expect(((await answer.json()) as { reasons: string[] }).reasons).toContain(
      'Frames of 1 of 1 cameras come but are not analysed.',
    );
    await rm(flag);
    await until('a sign of life', () => !isGivenUp(), 120_000);
  });

  it('stop where the disk takes a change and never ends it', async () => {
    const { persons } = await demoMedia();
    const inject = ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:delay_enter=300000000'];
    tracer = spawn('strace', ['-f', '-qq', '-o', '/dev/null', ...inject, '-p', String(daemon.process.pid)]);
    await sleep(1000);
    const body = new FormData();
    body.set('customer_person_id', 'ada');
    body.set('image_path', new Blob([new Uint8Array(await readFile(persons[0]!.photo))]), 'ada.jpg');
    const headers = { authorization: `Token ${token}` };
    const answer = fetch(`${daemon.url}/miicloud/person`, { method: 'POST', headers, body }).then(
      ({ status }) => status,
      () => 'cut off',
    );
    await until('the reason', () =>
      socket.notices.some(({ lines }) =>
        lines.includes('STATUS=A change of the store does not become durable.'),
      ),
    );
    await until('silence', isGivenUp);
    // The store ends the daemon by itself a little later; whoever waited was told nothing that is not true.
    await Promise.race([daemon.exited, sleep(30_000)]);
    tracer.kill('SIGKILL');
    await daemon.kill();
    expect(await answer).not.toBe(200);
  });
});
