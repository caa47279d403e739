import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enroll } from '../../scripts/demo/enroll.ts';
import { type DemoMedia, demoMedia } from '../../scripts/demo/media.ts';
import type { DoorDecision } from '../../src/domain/door.ts';
import { type Mosquitto, openMosquitto } from '../support/brokers.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  facegate,
  startDaemon,
} from '../support/daemon-process.ts';
import { createDoorController } from '../support/door-controller.ts';
import { faceVideo } from '../support/media.ts';

const SECRET = '6f0c7a1e5b2d4893a7c6e5f4d3b2a190';
const DEADLINE_MS = 45_000;

/** A daemon with two doors that one camera sees, and controllers that trust nothing but signatures. One story in order. */
describe('doors', () => {
  let folder: string;
  let media: DemoMedia;
  let broker: Mosquitto;
  let subscriber: MqttClient;
  let settings: DaemonSettings;
  let daemon: DaemonProcess;
  let token: string;
  const messages: { decision: DoorDecision; retained: boolean; expiry: number | undefined }[] = [];
  const controllers = ['main', 'board'].map(door =>
    createDoorController({ node: 'doors', door, secret: SECRET, now: Date.now }),
  );

  const until = async (what: string, condition: () => boolean): Promise<void> => {
    const deadline = Date.now() + DEADLINE_MS;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`${what} did not happen; log:\n${daemon.log()}`);
      await sleep(50);
    }
  };
  const of = (door: string) => messages.filter(({ decision }) => decision.door === door);
  /** The answer of the REST call behind `facegate door test`. */
  const ask = async (door: string, photo: string) => {
    const body = new FormData();
    body.set('image_path', new Blob([new Uint8Array(await readFile(photo))]), 'a.jpg');
    const options = { method: 'POST', headers: { authorization: `Token ${token}` }, body };
    const answer = await fetch(`${daemon.url}/api/v1/doors/${door}/test`, options);
    const { decision, reason, explanation } = (await answer.json()) as DoorDecision & { explanation: string };
    return [reason ?? decision, explanation];
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-doors-'));
    media = await demoMedia();
    broker = await openMosquitto();
    subscriber = await connectAsync(broker.url, { protocolVersion: 5 });
    subscriber.on('message', (topic, payload, { retain, properties }) => {
      for (const controller of controllers) if (controller.topic === topic) controller.hear(payload, retain);
      const decision = JSON.parse(payload.toString()) as DoorDecision;
      messages.push({ decision, retained: retain, expiry: properties?.messageExpiryInterval });
    });
    await subscriber.subscribeAsync('facegate/doors/door/#', { qos: 1 });
    settings = {
      folder,
      env: { DOOR_KEY: SECRET },
      config: [
        'node: doors',
        'http: { port: 0 }',
        `mqtt: { url: "${broker.url}" }`,
        'cameras:',
        `  - { id: gate, url: "${pathToFileURL(await faceVideo('franck'))}", loop: true, customer: acme }`,
        'doors:',
        '  - { id: main, customer: acme, cameras: [gate], key: "${DOOR_KEY}" }',
        '  - { id: board, customer: acme, cameras: [gate], key: "${DOOR_KEY}", groups: [board] }',
      ],
    };
    token = await createToken(settings, 'acme');
    daemon = await startDaemon(settings);
  }, 180_000);

  afterAll(async () => {
    await daemon?.kill();
    await subscriber?.endAsync();
    await broker?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('open for the enrolled man before the camera where he may pass, and only there', async () => {
    const [person] = media.persons;
    await enroll({ url: daemon.url, token, ...person });
    const granted = () => of('main').find(({ decision }) => decision.decision === 'grant');
    await until('a decision of both doors', () => granted() !== undefined && of('board').length > 0);
    const main = granted()!;
    expect(main.decision).toMatchObject({ person: { customer_person_id: 'demo-1' }, unlock_ms: 3000 });
    expect(of('board')[0].decision).toMatchObject({ decision: 'deny', reason: 'not_in_group' });
    expect(controllers.map(controller => controller.opened().length)).toEqual([1, 0]);
    expect(main.expiry).toBeLessThanOrEqual(5);
    const { captured_at, decided_at, similarity, threshold } = main.decision;
    expect(similarity).toBeGreaterThanOrEqual(threshold);
    expect(Date.parse(decided_at) - Date.parse(captured_at)).toBeLessThanOrEqual(5000);
  }, 60_000);

  it('can be asked what they would decide of a photo, and why', async () => {
    const [franck, anders] = media.persons;
    const env = { ...settings.env, FACEGATE_TOKEN: token };
    const args = ['door', '--url', daemon.url, 'test', '--door', 'main', '--image', franck.photo];
    const { code, stdout, stderr } = await facegate({ ...settings, env }, args);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^grant\ndemo-1 would be let in: similarity 0\.\d{3} /),
    ]);
    expect(stderr).toContain('liveness');
    expect(await ask('board', franck.photo)).toEqual([
      'not_in_group',
      'demo-1 is in no group, and this door is for board.',
    ]);
    expect(await ask('main', anders.photo)).toEqual([
      'unknown',
      expect.stringMatching(/^The face is nobody enrolled: /),
    ]);
  }, 90_000);

  it('do what is said of the person at once', async () => {
    const change = async (rights: object): Promise<string | undefined> => {
      const headers = { authorization: `Token ${token}`, 'content-type': 'application/json' };
      const options = { method: 'PATCH', headers, body: JSON.stringify(rights) };
      expect((await fetch(`${daemon.url}/miicloud/person/demo-1`, options)).status).toBe(200);
      return (await ask('board', media.persons[0].photo))[0];
    };
    expect(await change({ groups: ['staff', 'board'] })).toBe('grant');
    expect(await change({ valid_until: '2026-01-01' })).toBe('expired');
    expect(await change({ valid_until: '', deny: true })).toBe('denied_person');
  });

  it('never retain a decision, and show their secret nowhere', async () => {
    expect(messages.some(({ retained }) => retained)).toBe(false);
    expect(daemon.log()).not.toContain(SECRET);
    expect(JSON.stringify(messages)).not.toContain(SECRET);
    const late = await connectAsync(broker.url, { protocolVersion: 5 });
    const topics: string[] = [];
    late.on('message', (topic, _payload, { retain }) => void (retain && topics.push(topic)));
    await late.subscribeAsync('facegate/doors/#');
    await sleep(300);
    await late.endAsync();
    expect(topics).toContain('facegate/doors/status');
    expect(topics.filter(topic => topic.includes('/door/'))).toEqual([]);
    expect(await daemon.stop()).toBe(0);
  });
});
