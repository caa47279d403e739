import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/brokers.ts';
import { type DaemonProcess, startDaemon } from '../support/daemon-process.ts';
import { type ClientMaterial, openShippedBroker, type ShippedBroker } from '../support/shipped-broker.ts';

const FOREIGN = 'homeassistant/sensor/somebody_else/thing/config';
const SOMEBODY = ['user somebody', 'topic write homeassistant/sensor/somebody_else/#'];
const NODE = ['binary_sensor/facegate_ha/node', 'sensor/facegate_ha/node'];
const DOOR = ['event/facegate_ha/door_main', 'sensor/facegate_ha/door_main'];
const cameraEntities = (id: string) => [
  `binary_sensor/facegate_ha/camera_${id}`,
  `binary_sensor/facegate_ha/presence_${id}`,
];
const announced = (...entities: string[]) =>
  [FOREIGN, ...entities.map(entity => `homeassistant/${entity}/config`)].sort();

const statesOf = (...cameras: string[]) =>
  ['dropped', 'status', ...cameras.flatMap(id => [`camera/${id}/state`, `presence/${id}`])]
    .map(topic => `facegate/ha/${topic}`)
    .sort();

/** The daemon with the broker that ships; whom Home Assistant would find there is what the broker has retained. One story in order. */
describe('discovery by Home Assistant, and states', () => {
  let folder: string;
  let broker: ShippedBroker;
  let assistant: ClientMaterial;
  let daemon: DaemonProcess | undefined;
  let noCamera: string;

  const start = async (
    cameras: readonly string[],
    { isDoor = false, enabled = true } = {},
  ): Promise<void> => {
    const { ca, certificate, key } = broker.filesOf('facegate');
    const door = `  - { id: main, cameras: [front], key: ${'k'.repeat(32)} }`;
    daemon = await startDaemon({
      folder,
      config: [
        'node: ha',
        'http: { port: 0 }',
        `mqtt: { url: "${broker.url}", ca: ${ca}, cert: ${certificate}, key: ${key} }`,
        `homeAssistant: { enabled: ${enabled} }`,
        'cameras:',
        ...cameras.map(id => `  - { id: ${id}, url: "${noCamera}" }`),
        ...(isDoor ? ['doors:', door] : []),
      ],
    });
  };

  /** What somebody who comes now finds on the broker. */
  const retained = async (): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    const client = await connectAsync(broker.url, assistant);
    client.on('message', (topic, payload, { retain }) => void (retain && found.set(topic, `${payload}`)));
    await client.subscribeAsync(['facegate/#', 'homeassistant/#'], { qos: 1 });
    await sleep(300);
    await client.endAsync();
    return found;
  };
  const discovery = async (): Promise<string[]> =>
    [...(await retained()).keys()].filter(topic => topic.startsWith('homeassistant/')).sort();
  const states = async (): Promise<string[]> =>
    [...(await retained()).keys()].filter(topic => topic.startsWith('facegate/')).sort();
  const status = async (): Promise<string | undefined> => (await retained()).get('facegate/ha/status');
  const settled = (expected: readonly string[]) =>
    expect.poll(discovery, { interval: 100 }).toEqual(expected);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-ha-'));
    broker = await openShippedBroker('ha', SOMEBODY);
    assistant = broker.materialOf('home-assistant');
    noCamera = `rtsp://127.0.0.1:${await freePort()}/none`;
    const client = await connectAsync(broker.url, broker.materialOf('somebody'));
    await client.publishAsync(FOREIGN, '{}', { retain: true, qos: 1 });
    await client.endAsync();
  });
  afterAll(async () => {
    await daemon?.kill();
    await broker?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const before = announced(...NODE, ...cameraEntities('front'), ...cameraEntities('back'), ...DOOR);
  const after = announced(...NODE, ...cameraEntities('front'));

  it('finds the node, its cameras and its door', async () => {
    await start(['front', 'back'], { isDoor: true });
    await settled(before);
    await expect.poll(states).toEqual(statesOf('front', 'back'));
    expect(await status()).toBe('online');
    expect(daemon?.log()).not.toMatch(/access rules/);
  });

  it('is told everything anew when Home Assistant starts', async () => {
    const client = await connectAsync(broker.url, assistant);
    const told: string[] = [];
    client.on('message', (topic, _payload, { retain }) => void (!retain && told.push(topic)));
    await client.subscribeAsync('homeassistant/+/facegate_ha/#', { qos: 1 });
    await client.publishAsync('homeassistant/status', 'online', { qos: 1 });
    await expect.poll(() => [FOREIGN, ...told].sort()).toEqual(before);
    await client.endAsync();
  });

  it('finds all of it after a clean stop, of a node that is offline', async () => {
    expect(await daemon?.stop()).toBe(0);
    expect(await discovery()).toEqual(before);
    expect(await states()).toEqual(statesOf('front', 'back'));
    expect(await status()).toBe('offline');
  });

  it('no longer finds a camera and a door that the configuration has no more, and leaves others alone', async () => {
    await start(['front']);
    await settled(after);
    await expect.poll(states).toEqual(statesOf('front'));
  });

  it('finds the rest after kill -9, of a node that is offline', async () => {
    await daemon?.kill();
    await expect.poll(status).toBe('offline');
    expect(await discovery()).toEqual(after);
    expect(await states()).toEqual(statesOf('front'));
    const decisions = [...(await retained()).keys()].filter(topic => /\/(decision|event)(\/|$)/.test(topic));
    expect(decisions).toEqual([]);
  });

  it('finds nothing of a camera that went after the kill, nor any entity once discovery is off', async () => {
    await start(['back'], { enabled: false });
    await settled([FOREIGN]);
    await expect.poll(states).toEqual(statesOf('back'));
  });
});
