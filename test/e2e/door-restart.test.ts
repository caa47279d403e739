import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personPhoto } from '../../bench/clips.ts';
import { enroll } from '../../scripts/demo/enroll.ts';
import type { DoorDecision } from '../../src/domain/door.ts';
import { type Mosquitto, openMosquitto } from '../support/brokers.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  startDaemon,
} from '../support/daemon-process.ts';
import {
  type ConnectedControllers,
  connectControllers,
  createDoorController,
} from '../support/door-controller.ts';
import { stayClip } from '../support/visits.ts';

const SECRET = '4f2c1a9b7d3e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeef';
const DEADLINE_MS = 40_000;

/** Somebody who was let in stands there still while the daemon is killed and started again; the camera's clip begins anew with each start. */
describe('who was let in before the daemon was killed', () => {
  const controller = createDoorController({ node: 'e2e', door: 'main', secret: SECRET, now: Date.now });
  let folder: string;
  let broker: Mosquitto;
  let controllers: ConnectedControllers;
  let settings: DaemonSettings;
  let token: string;
  let daemon: DaemonProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-restart-'));
    broker = await openMosquitto({ durable: true });
    const video = pathToFileURL(await stayClip());
    settings = {
      folder,
      config: [
        'node: e2e',
        'http: { port: 0 }',
        `mqtt: { url: "${broker.url}" }`,
        'recognition: { trackTimeoutMs: 1000 }',
        'cameras:',
        `  - { id: gate, url: "${video}", customer: acme }`,
        'doors:',
        `  - { id: main, customer: acme, cameras: [gate], key: ${SECRET}, cooldownSeconds: 3 }`,
      ],
    };
    token = await createToken(settings, 'acme');
    controllers = await connectControllers(broker.url, 'controller', [controller]);
    daemon = await startDaemon(settings);
    await enroll({ url: daemon.url, token, id: 'ada', firstName: 'Ada', photo: await personPhoto() });
  }, 120_000);

  afterAll(async () => {
    await daemon?.kill();
    await controllers?.close();
    await broker?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What was decided so far, in order. */
  const outcomes = async (): Promise<string[]> => {
    const options = { headers: { authorization: `Token ${token}` } };
    const answer = await fetch(`${daemon.url}/api/v1/events?type=door_decision&limit=1000`, options);
    const { events } = (await answer.json()) as { events: DoorDecision[] };
    return events.map(({ reason, decision }) => reason ?? decision);
  };

  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    for (const deadline = Date.now() + DEADLINE_MS; !(await condition()); await sleep(50)) {
      if (Date.now() > deadline)
        throw new Error(`In vain for ${condition}: ${await outcomes()}; log:\n${daemon.log()}`);
    }
  };

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'is not let in again after %s until they have left, and is then',
    async signal => {
      const opened = Math.max(1, controller.opened().length);
      await until(() => controller.opened().length === opened);
      const before = (await outcomes()).length;
      daemon.process.kill(signal);
      await daemon.exited;
      daemon = await startDaemon(settings);
      await until(() => controller.opened().length > opened);
      const since = (await outcomes()).slice(before);
      expect(since).toContain('cooldown');
      expect(since.indexOf('grant')).toBe(since.length - 1);
    },
    90_000,
  );
});
