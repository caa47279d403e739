import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Outbox } from '../../src/events/outbox.ts';
import { freePort, openMosquitto, openRelay } from '../support/brokers.ts';
import { use } from '../support/closing.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';
import { recordingLogger, subscribe, testOutbox, testPublisher, unstamped, until } from './publishing.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1);
const warnings = (entries: Record<string, unknown>[]) => entries.filter(({ level }) => level !== 'info');

async function add(outbox: Outbox, count: number): Promise<void> {
  for (let track = 0; track < count; track++) await outbox.add(unstamped(track));
}

describe('the publisher', () => {
  it('starts without a broker, and delivers everything in order once there is one', async () => {
    const broker = use(await openMosquitto({ durable: true }));
    const controller = use(await subscribe(broker.url, 5, true));
    await broker.kill('SIGTERM');
    const { log, entries } = recordingLogger();
    const outbox = testOutbox();
    const publisher = use(await testPublisher(outbox, { url: broker.url }, log));
    await add(outbox, 300);
    await until(() => publisher.status().lastError !== undefined);
    await sleep(400);
    expect(publisher.status()).toMatchObject({ connected: false, pending: 300, inFlight: 0 });
    expect(warnings(entries)).toMatchObject([
      { level: 'warn', msg: expect.stringMatching(/cannot be reached.*is the broker running/) },
    ]);

    await broker.start();
    await until(() => controller.events().length === 300);
    expect(controller.events().map(event => event.seq)).toEqual(numbers(300));
    await until(() => publisher.status().pending === 0);
    expect(publisher.status()).toEqual({ connected: true, pending: 0, inFlight: 0 });
  });

  it('tells a broker that came back empty its status and the newest state of every camera', async () => {
    const broker = use(await openMosquitto());
    const publisher = use(await testPublisher(testOutbox(), { url: broker.url }));
    const camera = {
      id: 'front',
      phase: 'live',
      frames: 1,
      dropped: 0,
      restarts: 0,
      since: '2026-01-02T03:04:05.000Z',
    } as const;
    publisher.setState('camera_state', camera);
    publisher.setState('camera_state', { ...camera, id: 'back' });
    await until(() => publisher.status().connected);
    await broker.kill();
    await until(() => !publisher.status().connected);
    publisher.setState('camera_state', { ...camera, phase: 'stalled' });
    await broker.start();
    await until(() => publisher.status().connected);
    await sleep(200);
    const late = use(await subscribe(broker.url, 5));
    await until(() => late.received.length === 3);
    const retained = Object.fromEntries(late.received.map(({ topic, payload }) => [topic, payload]));
    expect(retained['facegate/lobby/status']).toBe('online');
    expect(JSON.parse(retained['facegate/lobby/camera/front/state'])).toMatchObject({ phase: 'stalled' });
    expect(JSON.parse(retained['facegate/lobby/camera/back/state'])).toMatchObject({ phase: 'live' });
  });

  it('loses nothing when the broker is killed in mid-stream; duplicates stay within the window and share their id', async () => {
    const kills = 3;
    const broker = use(await openMosquitto({ durable: true }));
    const store = use(await openTemporaryStore());
    const outbox = testOutbox({ table: store.outbox });
    const controller = use(await subscribe(broker.url, 5, true));
    use(await testPublisher(outbox, { url: broker.url }));
    let added = 0;
    for (let kill = 0; kill < kills; kill++) {
      const killing = sleep(100).then(() => broker.kill());
      await add(outbox, 120);
      added += 120;
      await killing;
      await broker.start();
    }
    await until(() => outbox.count() === 0);
    const byId = () => new Map(controller.events().map(event => [event.event_id, event.seq]));
    await until(() => byId().size === added);
    expect([...byId().values()].sort((a, b) => a - b)).toEqual(numbers(added));
    // 64 from our window, and 20 that the broker itself sends again to its subscriber.
    expect(controller.events().length - added).toBeLessThanOrEqual(kills * (64 + 20));
  });

  it('keeps one window under way, and no more, on a connection that is silently dead', async () => {
    const broker = use(await openMosquitto());
    const relay = use(await openRelay(broker.port));
    const subscriber = use(await subscribe(broker.url, 5));
    const outbox = testOutbox();
    const publisher = use(await testPublisher(outbox, { url: `mqtt://127.0.0.1:${relay.port}` }));
    await until(() => publisher.status().connected);
    relay.freeze();
    await add(outbox, 400);
    await until(() => publisher.status().inFlight > 0);
    await sleep(100);
    const { inFlight, pending } = publisher.status();
    expect([inFlight <= 64, inFlight > 0, pending]).toEqual([true, true, 400]);
    relay.thaw();
    await until(() => subscriber.events().length === 400);
    expect(subscriber.events().map(event => event.seq)).toEqual(numbers(400));
  });

  it('closes within its two seconds on a connection that is silently dead', async () => {
    const broker = use(await openMosquitto());
    const relay = use(await openRelay(broker.port));
    const outbox = testOutbox();
    const publisher = await testPublisher(outbox, { url: `mqtt://127.0.0.1:${relay.port}` });
    await until(() => publisher.status().connected);
    relay.freeze();
    await add(outbox, 3);
    // Timers of one process fire in their order, however slow the machine is.
    const closing = publisher.close().then(() => 'closed');
    expect(await Promise.race([closing, sleep(4000, 'still closing')])).toBe('closed');
    expect(outbox.count()).toBe(3);
  });

  it.each([5, 4] as const)(
    'says once that the password is wrong, with MQTT %i, and goes on trying',
    async protocol => {
      const login = { username: 'facegate', password: 'right-horse' };
      const broker = use(await openMosquitto({ login }));
      const { log, entries } = recordingLogger();
      const outbox = testOutbox();
      const changes = { url: broker.url, protocol, username: 'facegate', password: 'wrong-horse' };
      const publisher = use(await testPublisher(outbox, changes, log));
      await add(outbox, 1);
      await until(() => publisher.status().lastError !== undefined);
      await sleep(1000);
      expect(entries).toHaveLength(1);
      expect(entries[0]).toMatchObject({ level: 'warn', msg: expect.stringContaining('mqtt.password') });
      expect(JSON.stringify(entries)).not.toContain('horse');
      expect(publisher.status()).toMatchObject({ connected: false, pending: 1, lastError: entries[0].msg });

      use(await testPublisher(outbox, { ...changes, ...login }));
      await until(() => outbox.count() === 0);
    },
  );

  it('takes user name and password from the URL too', async () => {
    const broker = use(await openMosquitto({ login: { username: 'facegate', password: 'p@ss/word' } }));
    const outbox = testOutbox();
    use(await testPublisher(outbox, { url: broker.url.replace('//', '//facegate:p%40ss%2Fword@') }));
    await add(outbox, 1);
    await until(() => outbox.count() === 0);
  });

  it('keeps an event that the access list of the broker refuses', async () => {
    const broker = use(
      await openMosquitto({ access: ['topic read #', 'topic write facegate/lobby/status'] }),
    );
    const { log, entries } = recordingLogger();
    const outbox = testOutbox();
    const publisher = use(await testPublisher(outbox, { url: broker.url }, log));
    await add(outbox, 5);
    await until(() => warnings(entries).length > 0);
    await sleep(200);
    expect(publisher.status()).toMatchObject({ connected: true, pending: 5 });
    expect(warnings(entries)).toMatchObject([
      { msg: 'The broker refused an event; check its access rules.' },
    ]);
  });

  it('does not mistake the end of a connection for a refused event', async () => {
    const connack = Buffer.from([0x20, 2, 0, 0]);
    // A second CONNACK is a protocol error: the client drops the connection with events under way.
    const server = createServer(
      socket => void socket.on('error', () => {}).on('data', () => socket.write(connack)),
    );
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    use({ close: async () => void server.close() });
    const { log, entries } = recordingLogger();
    const outbox = testOutbox();
    await add(outbox, 5);
    const { port } = server.address() as AddressInfo;
    const publisher = use(await testPublisher(outbox, { url: `mqtt://127.0.0.1:${port}`, protocol: 4 }, log));
    await until(() => publisher.status().lastError !== undefined);
    await sleep(200);
    expect(warnings(entries)).toMatchObject([{ msg: expect.stringContaining('duplicate CONNACK') }]);
    expect(outbox.count()).toBe(5);
  });

  it('holds no event in memory while the broker is away', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const store = createMemoryStore();
    const outbox = testOutbox({ table: store.outbox, maxRows: 500 });
    const publisher = use(await testPublisher(outbox, { url: `mqtt://127.0.0.1:${await freePort()}` }));
    await add(outbox, 1000);
    collect();
    const before = process.memoryUsage().heapUsed;
    await add(outbox, 40_000);
    await store.history.prune(Infinity);
    collect();
    // 40,000 events of 600 bytes would be 24 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8e6);
    expect(publisher.status().pending).toBeLessThanOrEqual(500);
    expect(publisher.status().inFlight).toBe(0);
  });
});
