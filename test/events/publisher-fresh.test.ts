import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openEmbeddedBroker } from '../../src/events/embedded-broker.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { openMosquitto } from '../support/brokers.ts';
import { use } from '../support/closing.ts';
import {
  freshGrant,
  recordingLogger,
  subscribe,
  testOutbox,
  testPublisher,
  unstamped,
  until,
} from './publishing.ts';

describe('a decision at a door', () => {
  it('arrives at once under the topic of its door, not retained', async () => {
    const { url } = use(await openMosquitto());
    const controller = use(await subscribe(url, 5));
    const outbox = testOutbox({ now: Date.now });
    use(await testPublisher(outbox, { url }));
    await outbox.add(freshGrant(5000));
    await until(() => controller.decisions().length === 1);
    expect(controller.decisions()).toMatchObject([{ decision: 'grant', signature: 'ab' }]);
    const late = use(await subscribe(url, 5));
    await sleep(200);
    expect(late.decisions()).toEqual([]);
  });

  it('is dropped by a broker of MQTT 5 that could not hand it on in time', async () => {
    const { url } = use(await openMosquitto());
    const controller = use(await subscribe(url, 5, true));
    await controller.close();
    const outbox = testOutbox({ now: Date.now });
    use(await testPublisher(outbox, { url }));
    await outbox.add(freshGrant(3000));
    await outbox.add(unstamped(1));
    await until(() => outbox.count() === 0);
    await sleep(3000);
    const again = use(await subscribe(url, 5, true));
    await until(() => again.events().length === 1);
    expect(again.decisions()).toEqual([]);
  });

  it.each([5, 4] as const)(
    'that waited for the broker is no grant any more, with MQTT %i',
    async protocol => {
      const broker = use(await openMosquitto({ durable: true }));
      const controller = use(await subscribe(broker.url, 5, true));
      await broker.kill('SIGTERM');
      const outbox = testOutbox({ now: Date.now });
      use(await testPublisher(outbox, { url: broker.url, protocol }));
      await outbox.add(freshGrant(2500));
      await sleep(2600);
      await broker.start();
      await until(() => controller.decisions().length === 1);
      expect(controller.decisions()).toMatchObject([{ decision: 'deny', reason: 'stale', stale: true }]);
      expect(controller.decisions()[0]).not.toHaveProperty('signature');
    },
  );
});

describe('the version of MQTT', () => {
  const connectedWith = async (url: string, protocol: 4 | 5 | 'auto') => {
    const { log, entries } = recordingLogger();
    const publisher = use(await testPublisher(testOutbox(), { url, protocol }, log));
    await until(() => publisher.status().connected);
    return entries;
  };

  it('is 5 where the broker speaks it', async () => {
    const { url } = use(await openMosquitto());
    expect(await connectedWith(url, 'auto')).toMatchObject([{ level: 'info', mqtt: '5' }]);
  });

  it('is 3.1.1 where the broker refuses 5, or only that is wanted', async () => {
    const aedes = use(await openEmbeddedBroker({ port: 0, log: silentLogger }));
    expect(await connectedWith(aedes.url, 'auto')).toMatchObject([{ level: 'info', mqtt: '3.1.1' }]);
    const { url } = use(await openMosquitto());
    expect(await connectedWith(url, 4)).toMatchObject([{ level: 'info', mqtt: '3.1.1' }]);
  });

  it('is 3.1.1 with a broker that refuses others as its standard says', async () => {
    // CONNACK 1 for any other level, 0 for level 4; PUBACK is not needed.
    const server = createServer(socket => {
      socket.on('error', () => undefined);
      socket.once('data', data => socket.write(Buffer.from([0x20, 2, 0, data[8] === 4 ? 0 : 1])));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    use({ close: async () => void server.close() });
    const { port } = server.address() as AddressInfo;
    const entries = await connectedWith(`mqtt://127.0.0.1:${port}`, 'auto');
    expect(entries).toMatchObject([{ level: 'info', mqtt: '3.1.1' }]);
  });
});
