import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { openEmbeddedBroker } from '../../src/events/embedded-broker.ts';
import { discoveryFilter, discoveryMessages } from '../../src/events/home-assistant.ts';
import { createAnnouncer } from '../../src/events/home-assistant-announcer.ts';
import { openPublisher } from '../../src/events/publisher.ts';
import { createRetainedSweep } from '../../src/events/retained-sweep.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import { openMosquitto } from '../support/brokers.ts';
import { use } from '../support/closing.ts';
import { mqttConfig, recordingLogger, testOutbox, until } from './publishing.ts';

const place = { root: { baseTopic: 'facegate', node: 'lobby' }, discoveryPrefix: 'homeassistant' };
const messages = discoveryMessages({ ...place, cameras: [{ id: 'front' }], doors: [] });
const GONE = 'homeassistant/event/facegate_lobby/door_gone/config';

const brokers = {
  'aedes in process': () => openEmbeddedBroker({ port: 0, log: silentLogger }),
  mosquitto: openMosquitto,
} as const;

const publisherTo = async (url: string, log: Logger) =>
  use(
    await openPublisher({
      config: mqttConfig({ url }),
      node: 'lobby',
      outbox: testOutbox(),
      clientId: 'facegate-lobby',
      now: Date.now,
      log,
      announcers: [
        createRetainedSweep({
          filters: [discoveryFilter(place)],
          present: new Set(messages.map(({ topic }) => topic)),
          log,
        }),
        createAnnouncer({ messages, log }),
      ],
      delay: () => 50,
    }),
  );

/** A subscriber to discovery, and the newest payload of each topic: empty where it was taken back. */
async function listenTo(url: string) {
  const client = await mqtt.connectAsync(url, { protocolVersion: 4 });
  use({ close: () => client.endAsync(true) });
  const newest = new Map<string, string>();
  client.on('message', (topic, payload) => newest.set(topic, `${payload}`));
  await client.subscribeAsync('homeassistant/+/facegate_lobby/+/config', { qos: 1 });
  return { client, newest };
}

describe.each(Object.entries(brokers))('discovery over %s', (_name, start) => {
  it('tells what there is, and takes back what there was', async () => {
    const { url } = use(await start());
    const { client, newest } = await listenTo(url);
    await client.publishAsync(GONE, '{"name":"Decision"}', { qos: 1, retain: true });
    const { log, entries } = recordingLogger();
    await publisherTo(url, log);
    await until(() => newest.size === messages.length + 1 && newest.get(GONE) === '');
    for (const { topic, payload } of messages) expect(newest.get(topic)).toBe(payload);
    expect(entries.filter(({ level }) => level === 'warn')).toEqual([]);
  });
});

it('a broker that refuses discovery is told of once, and gets everything else', async () => {
  const { url } = use(await openMosquitto({ access: ['topic write facegate/#', 'topic read facegate/#'] }));
  const { log, entries } = recordingLogger();
  const publisher = await publisherTo(url, log);
  const warnings = () => entries.filter(({ level }) => level === 'warn');
  await until(() => warnings().length > 0);
  const other = await mqtt.connectAsync(url, { protocolVersion: 4 });
  use({ close: () => other.endAsync(true) });
  const states: string[] = [];
  other.on('message', topic => states.push(topic));
  await other.subscribeAsync('facegate/lobby/#', { qos: 1 });
  publisher.setState('events_dropped', { total: 0, by_type: {}, newest_seq: 0 });
  await until(() => states.includes('facegate/lobby/dropped'));
  expect(warnings().map(({ msg }) => msg)).toEqual([
    'The broker refuses what discovery by Home Assistant needs; check its access rules.',
  ]);
});
