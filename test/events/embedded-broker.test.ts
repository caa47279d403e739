import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { StartupError } from '../../src/domain/errors.ts';
import { openEmbeddedBroker } from '../../src/events/embedded-broker.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { subscribe, until } from './publishing.ts';

describe('the embedded broker', () => {
  it('passes messages on between clients of MQTT 3.1.1', async () => {
    const broker = await openEmbeddedBroker({ port: 0, log: silentLogger });
    expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`);
    const subscriber = await subscribe(broker.url, 4);
    const { default: mqtt } = await import('mqtt');
    const sender = await mqtt.connectAsync(broker.url, { protocolVersion: 4 });
    await sender.publishAsync('facegate/hello', 'there', { qos: 1 });
    await until(() => subscriber.received.length === 1);
    await sender.endAsync();
    await subscriber.close();
    await broker.close();
  });

  it('refuses to start, with one sentence, where the port is taken', async () => {
    const broker = await openEmbeddedBroker({ port: 0, log: silentLogger });
    const second = openEmbeddedBroker({ port: broker.port, log: silentLogger });
    await expect(second).rejects.toThrow(StartupError);
    await expect(second).rejects.toThrow(`127.0.0.1:${broker.port}`);
    await broker.close();
  });

  it('can be opened again on its port after it was closed, also with clients connected', async () => {
    const first = await openEmbeddedBroker({ port: 0, log: silentLogger });
    const subscriber = await subscribe(first.url, 4);
    await first.close();
    const second = await openEmbeddedBroker({ port: first.port, log: silentLogger });
    await subscriber.close();
    await second.close();
  });

  it('is not to be reached from another machine', async () => {
    const broker = await openEmbeddedBroker({ port: 0, log: silentLogger });
    const outside = Object.values(networkInterfaces())
      .flatMap(list => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of outside) {
      const refused = await new Promise<unknown>(resolve => {
        const socket = connect(broker.port, address);
        socket.once('error', resolve).once('connect', () => resolve(socket.destroy()));
      });
      expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    }
    await broker.close();
  });

  it('survives a client that does not speak MQTT', async () => {
    const broker = await openEmbeddedBroker({ port: 0, log: silentLogger });
    const socket = connect(broker.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise(resolve => socket.once('close', resolve).resume());
    const subscriber = await subscribe(broker.url, 4);
    await subscriber.close();
    await broker.close();
  });
});
