import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoCameras, startCameras } from '../../scripts/demo/cameras.ts';
import { type DemoMedia, demoMedia } from '../../scripts/demo/media.ts';
import { RIGHTS } from '../../src/api/rights.ts';
import { openReceiver, type Receiver, status } from '../actuators/receiver.ts';
import { type Mosquitto, openMosquitto } from '../support/brokers.ts';
import {
  type Canaries,
  childEnvironments,
  configOf,
  createCanaries,
  everythingOf,
  filesBelow,
  photoForm,
  processes,
  templateIn,
} from '../support/canaries.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  facegate,
  startDaemon,
} from '../support/daemon-process.ts';

const secret = (name: string) => `${name}-${randomBytes(12).toString('hex')}`;
const MQTT_PASSWORD = secret('mqtt');
const OTHER_PASSWORD = secret('other-camera');
const DOOR_KEY = secret('door-key');
const WEBHOOK_SECRET = secret('webhook');
const STORE_KEY = randomBytes(32).toString('hex');
const EXPORT_KEY = randomBytes(32).toString('hex');
const WRONG_TOKEN = randomBytes(20).toString('hex');
/** Answers without an end of their own are listened to for so long. */
const LISTEN_MS = 1500;

/** A whole daemon that knows secrets of every kind, and everything that leaves it. One story in order. */
describe('secrets', () => {
  let folder: string;
  let media: DemoMedia;
  let cameras: DemoCameras;
  let broker: Mosquitto;
  let receiver: Receiver;
  let subscriber: MqttClient;
  let settings: DaemonSettings;
  let daemon: DaemonProcess;
  let tokens: Record<'admin' | 'operator' | 'reader', string>;
  let canaries: Canaries;
  let watching: NodeJS.Timeout;
  const events: string[] = [];
  const answers: string[] = [];
  const commandLines = new Set<string>();
  const environments = new Set<string>();
  const outputs: string[] = [];

  /** Called again and again: what all processes of the machine show, and what the daemon's children are given. */
  const watchProcesses = () => {
    const seen = processes();
    for (const { commandLine } of seen) commandLines.add(commandLine);
    for (const environment of childEnvironments(seen, daemon?.process.pid)) environments.add(environment);
  };

  async function call(method: string, path: string, init: { token?: string; body?: string | FormData } = {}) {
    const { token = tokens.admin, body } = init;
    const headers: Record<string, string> = { authorization: `Token ${token}` };
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    const request = {
      method,
      headers,
      signal: AbortSignal.timeout(20_000),
      ...(body !== undefined && { body }),
    };
    const response = await fetch(`${daemon.url}${path}`, request);
    const text = await everythingOf(response, LISTEN_MS);
    answers.push(text);
    return { status: response.status, text };
  }

  async function until(what: string, condition: () => boolean): Promise<void> {
    for (const end = performance.now() + 60_000; !condition(); await sleep(50))
      if (performance.now() > end) throw new Error(`never: ${what}; log:\n${daemon.log()}`);
  }

  /** The template of the first person, as only whoever has the key of the export may see it. */
  async function storedVector(): Promise<Float32Array> {
    const body = JSON.stringify({ key: EXPORT_KEY });
    const { text } = await call('POST', '/api/v1/gallery/export', { body });
    return templateIn(text, Buffer.from(EXPORT_KEY, 'hex'));
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-canary-'));
    media = await demoMedia();
    cameras = await startCameras(media);
    broker = await openMosquitto({ login: { username: 'facegate', password: MQTT_PASSWORD } });
    receiver = await openReceiver(status(204));
    const login = { username: 'facegate', password: MQTT_PASSWORD, protocolVersion: 5 as const };
    subscriber = await connectAsync(broker.url, login);
    subscriber.on('message', (topic, payload) => events.push(`${topic} ${payload.toString('latin1')}`));
    await subscriber.subscribeAsync('#', { qos: 1 });
    settings = {
      folder,
      env: {
        CAMERA_PASSWORD: cameras.password,
        OTHER_PASSWORD,
        MQTT_PASSWORD,
        DOOR_KEY,
        WEBHOOK_SECRET,
        FACEGATE_STORE_KEY: STORE_KEY,
      },
      config: configOf({ broker: broker.url, cameras: cameras.urls, receiver: receiver.url }),
    };
    tokens = {
      admin: await createToken(settings, 'acme', 'admin'),
      operator: await createToken(settings, 'acme', 'operator'),
      reader: await createToken(settings, 'acme', 'reader'),
    };
    // What created the tokens was told the key in its environment and is gone; from now on everything is watched.
    watching = setInterval(watchProcesses, 50);
    daemon = await startDaemon(settings);
  });

  afterAll(async () => {
    clearInterval(watching);
    await daemon?.kill();
    await subscriber?.endAsync();
    await receiver?.close();
    await cameras?.close();
    await broker?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('are used: cameras play, persons are enrolled, doors open, a wrong password is told', async () => {
    for (const { photo, id } of media.persons.map(({ photo }, at) => ({ photo, id: `demo-${at + 1}` })))
      expect(
        (await call('POST', '/miicloud/person', { body: await photoForm(photo, { customer_person_id: id }) }))
          .status,
      ).toBe(200);
    await until('a grant', () => events.some(event => event.includes('"decision":"grant"')));
    await until('a webhook', () => receiver.posts.length > 0);
    await until('the wrong password', () => events.some(event => event.includes('auth_failed')));
    canaries = createCanaries({
      'camera password': cameras.password,
      'wrong camera password': OTHER_PASSWORD,
      'broker password': MQTT_PASSWORD,
      'door key': DOOR_KEY,
      'webhook secret': WEBHOOK_SECRET,
      'store key': STORE_KEY,
      'export key': EXPORT_KEY,
      'admin token': tokens.admin,
      'operator token': tokens.operator,
      'reader token': tokens.reader,
      'wrong token': WRONG_TOKEN,
      template: await storedVector(),
    });
  });

  it('would be found where they were', async () => {
    const vector = await storedVector();
    const bytes = Buffer.from(vector.buffer);
    expect(canaries.foundIn(`rtsp://viewer:${cameras.password}@host`)).toEqual(['camera password']);
    expect(canaries.foundIn(Buffer.from(`x${DOOR_KEY}yz`).toString('base64'))).toEqual(['door key']);
    expect(canaries.foundIn(Buffer.concat([Buffer.from('a'), bytes.subarray(32, 64)]))).toEqual(['template']);
    expect(canaries.foundIn(bytes.subarray(100).toString('base64'))).toEqual(['template']);
    expect(canaries.foundIn(JSON.stringify({ vector: [...vector.subarray(3, 9)] }))).toEqual(['template']);
    expect(canaries.foundIn(randomBytes(1_000_000))).toEqual([]);
  });

  it('are in no answer of any route, to whoever calls and however wrong', async () => {
    for (const route of Object.keys(RIGHTS).filter(name => !/^POST .*\/tokens/.test(name))) {
      const [method, pattern] = route.split(' ') as [string, string];
      const path = pattern
        .replace(':id', pattern.includes('cameras') ? 'entrance' : 'demo-9')
        .replace(':seq', '9');
      for (const token of [tokens.admin, tokens.reader, WRONG_TOKEN]) await call(method, path, { token });
      if (method !== 'GET') {
        await call(method, path, { body: `{"customer_person_id": "${WRONG_TOKEN.slice(0, 4)}` });
        await call(method, path, { body: await photoForm(media.persons[0]!.photo) });
      }
    }
    expect((await call('GET', '/api/v1/cameras')).text).toContain('auth_failed');
    expect((await call('GET', '/metrics')).text).toContain('facegate_door_decisions_total');
    expect(answers.length).toBeGreaterThan(90);
    expect(answers.flatMap(canaries.foundIn)).toEqual([]);
  }, 300_000);

  it('are in no output of a command', async () => {
    for (const args of [
      ['check-config'],
      ['token', 'list'],
      ['audit', 'verify'],
      ['person', 'list'],
      ['gallery', 'export'],
      ['door', 'test', 'main', media.persons[0]!.photo],
    ]) {
      const env = { ...settings.env, FACEGATE_TOKEN: tokens.admin, FACEGATE_URL: daemon.url };
      const { stdout, stderr } = await facegate({ ...settings, env }, args);
      outputs.push(stdout, stderr);
    }
    expect(outputs.join('').length).toBeGreaterThan(200);
    expect(outputs.flatMap(canaries.foundIn)).toEqual([]);
  });

  it('are in no command line of any process, and in the environment of no child', () => {
    const ffmpegs = [...commandLines].filter(line => line.includes('ffmpeg'));
    expect(ffmpegs.length).toBeGreaterThan(0);
    expect(environments.size).toBeGreaterThan(0);
    expect([...commandLines].flatMap(canaries.foundIn)).toEqual([]);
    expect([...environments].flatMap(canaries.foundIn)).toEqual([]);
  });

  it('are in no event, state or discovery message, and in no body or header of a webhook', () => {
    expect(events.filter(event => event.startsWith('homeassistant/')).length).toBeGreaterThan(0);
    expect(events.flatMap(canaries.foundIn)).toEqual([]);
    expect(receiver.posts.flatMap(post => canaries.foundIn(JSON.stringify(post)))).toEqual([]);
  });

  it('are in no file that the daemon keeps', () => {
    const files = filesBelow(join(folder, 'state'));
    expect(files.map(({ name }) => name)).toContain('data.mdb');
    expect(
      files.flatMap(({ name, content }) => canaries.foundIn(content).map(found => `${name}: ${found}`)),
    ).toEqual([]);
  });

  it('are in no core file, because under the limit of the unit there is none', async () => {
    const { pid } = daemon.process;
    // As LimitCORE=0 does.
    execFileSync('prlimit', ['--core=0:0', '--pid', String(pid)]);
    const before = [process.cwd(), folder].map(place => readdirSync(place));
    daemon.process.kill('SIGABRT');
    await daemon.exited;
    expect([process.cwd(), folder].map(place => readdirSync(place))).toEqual(before);
  });

  it('are in no line of the log, at the level of most detail', () => {
    expect(daemon.log()).toContain('"level":"debug"');
    expect(daemon.log()).toContain('The camera is live');
    expect(canaries.foundIn(daemon.log())).toEqual([]);
  });
});
