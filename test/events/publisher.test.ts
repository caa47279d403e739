import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import type { CameraReport } from '../../src/domain/camera.ts';
import { openEmbeddedBroker } from '../../src/events/embedded-broker.ts';
import type { Outbox } from '../../src/events/outbox.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { openMosquitto, openRelay } from '../support/brokers.ts';
import { use } from '../support/closing.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';
import { subscribe, testOutbox, testPublisher, unstamped, until } from './publishing.ts';

const brokers = {
  'aedes in process': { protocol: 4, start: () => openEmbeddedBroker({ port: 0, log: silentLogger }) },
  'mosquitto with MQTT 5': { protocol: 5, start: () => openMosquitto() },
  'mosquitto with MQTT 3.1.1': { protocol: 4, start: () => openMosquitto() },
} as const;

const camera: CameraReport = {
  id: 'front',
  phase: 'live',
  frames: 3,
  dropped: 0,
  restarts: 0,
  since: '2026-01-02T03:04:05.000Z',
};

async function add(outbox: Outbox, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, track) => outbox.add(unstamped(track))));
}

describe.each(Object.entries(brokers))('the publisher with %s', (_name, { protocol, start }) => {
  const publisherTo = async (outbox: Outbox, changes: Partial<Config['mqtt']>) =>
    use(await testPublisher(outbox, { protocol, ...changes }));

  it('delivers every event of an LMDB outbox, in order, once, and empties it', async () => {
    const store = use(await openTemporaryStore());
    const outbox = testOutbox({ table: store.outbox });
    const { url } = use(await start());
    const subscriber = use(await subscribe(url, protocol));
    await add(outbox, 150);
    const publisher = await publisherTo(outbox, { url });
    await add(outbox, 150);
    await until(() => outbox.count() === 0 && subscriber.events().length === 300);
    expect(subscriber.events().map(event => event.seq)).toEqual(
      Array.from({ length: 300 }, (_, at) => at + 1),
    );
    expect(subscriber.received.filter(({ retain }) => retain)).toEqual([]);
    await until(() => publisher.status().inFlight === 0);
    expect(publisher.status()).toEqual({ connected: true, pending: 0, inFlight: 0 });
  });

  it('sends what was stored plus the time of sending, under the topic of its type', async () => {
    const outbox = testOutbox();
    const { url } = use(await start());
    const subscriber = use(await subscribe(url, protocol));
    await publisherTo(outbox, { url });
    const event = await outbox.add(unstamped(1));
    await until(() => subscriber.events().length === 1);
    const [received] = subscriber.received.filter(({ topic }) => topic.includes('/event/'));
    expect(received.topic).toBe('facegate/lobby/event/unknown_seen');
    const { published_at, ...rest } = JSON.parse(received.payload);
    expect(rest).toEqual(event);
    expect(new Date(published_at).toISOString()).toBe(published_at);
  });

  it('says online, keeps the states of cameras on the broker, and says offline when it leaves', async () => {
    const { url } = use(await start());
    const publisher = await publisherTo(testOutbox(), { url });
    publisher.setState('camera_state', camera);
    publisher.setState('camera_state', { ...camera, id: 'back', phase: 'backoff', reason: 'refused' });
    publisher.setState('camera_state', { ...camera, frames: 9 });
    await until(() => publisher.status().connected);
    await sleep(100);
    const late = use(await subscribe(url, protocol));
    await until(() => late.received.length === 3);
    expect(late.received.every(({ retain }) => retain)).toBe(true);
    const retained = Object.fromEntries(late.received.map(({ topic, payload }) => [topic, payload]));
    expect(retained['facegate/lobby/status']).toBe('online');
    expect(JSON.parse(retained['facegate/lobby/camera/front/state'])).toEqual({ ...camera, frames: 9 });
    expect(JSON.parse(retained['facegate/lobby/camera/back/state'])).toMatchObject({ reason: 'refused' });

    await publisher.close();
    await until(() => late.received.at(-1)?.payload === 'offline');
  });

  it('lets the broker say offline when its connection is cut, and says online again when it is back', async () => {
    const broker = use(await start());
    const relay = use(await openRelay(broker.port));
    const subscriber = use(await subscribe(broker.url, protocol));
    await publisherTo(testOutbox(), { url: `mqtt://127.0.0.1:${relay.port}` });
    const statuses = () =>
      subscriber.received.filter(({ topic }) => topic.endsWith('/status')).map(({ payload }) => payload);
    await until(() => statuses().length === 1);
    relay.cut();
    await until(() => statuses().length === 3);
    expect(statuses()).toEqual(['online', 'offline', 'online']);
  });

  it('brings a lone event from the outbox to a subscriber without a polling delay', async () => {
    const outbox = testOutbox();
    const { url } = use(await start());
    const subscriber = use(await subscribe(url, protocol));
    const publisher = await publisherTo(outbox, { url });
    await until(() => publisher.status().connected);
    const delays: number[] = [];
    for (let track = 0; track < 20; track++) {
      const added = performance.now();
      await outbox.add(unstamped(track));
      await until(() => subscriber.events().length === track + 1);
      delays.push(subscriber.received.at(-1)!.at - added);
    }
    delays.sort((a, b) => a - b);
    // Measured 1 to 2 ms on an idle machine; the bound only has to tell a poke from a poll.
    expect(delays[10]).toBeLessThan(50);
  });

  it('finishes what is under way when it is closed and leaves the rest in the outbox', async () => {
    const outbox = testOutbox();
    const { url } = use(await start());
    const subscriber = use(await subscribe(url, protocol));
    const publisher = await publisherTo(outbox, { url });
    await until(() => publisher.status().connected);
    await add(outbox, 500);
    await publisher.close();
    await sleep(100);
    const delivered = subscriber.events().map(event => event.seq);
    const waiting = outbox.read(0, 1000).map(event => event.seq);
    expect([...delivered, ...waiting]).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
  });
});
