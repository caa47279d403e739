import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { type Command, sendCommand } from '../../src/events/command.ts';
import { commandLink } from '../../src/events/delivery.ts';
import { openEmbeddedBroker } from '../../src/events/embedded-broker.ts';
import type { Publisher } from '../../src/events/publisher.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { freePort, openMosquitto } from '../support/brokers.ts';
import { use } from '../support/closing.ts';
import { testOutbox, testPublisher, until } from './publishing.ts';

const TOPIC = 'cmnd/door-relay/POWER';

const command = (changes: Partial<Command> = {}): Command => ({
  topic: TOPIC,
  payload: 'ON',
  expiresAt: Date.now() + 5000,
  allowWithoutExpiry: false,
  ...changes,
});

/** A relay with a session that the broker keeps while it is away. */
async function relayAt(url: string): Promise<{ heard: string[]; close(): Promise<void> }> {
  const heard: string[] = [];
  const properties = { sessionExpiryInterval: 3600 };
  const options = { clientId: 'relay', clean: false, properties, protocolVersion: 5 } as const;
  const client = mqtt.connect(url, options);
  client.on('error', () => undefined);
  client.on('message', (_topic, payload, { retain, qos }) => heard.push(`${payload} ${qos} ${retain}`));
  await new Promise(resolve => client.once('connect', resolve));
  await client.subscribeAsync(TOPIC, { qos: 1 });
  return { heard, close: () => client.endAsync(true) };
}

async function connected(publisher: Publisher): Promise<Publisher> {
  await until(() => publisher.status().connected);
  return publisher;
}

describe('a command', () => {
  it('reaches a relay at once, and nobody who comes later', async () => {
    const { url } = use(await openMosquitto());
    const relay = use(await relayAt(url));
    const publisher = await connected(use(await testPublisher(testOutbox(), { url })));
    expect(await publisher.command(command())).toBe('sent');
    await until(() => relay.heard.length === 1);
    expect(relay.heard).toEqual(['ON 1 false']);
    await relay.close();
    expect(await publisher.command(command())).toBe('sent');
    await sleep(2500);
    const back = use(await relayAt(url));
    await sleep(200);
    expect(back.heard).toEqual([]);
  });

  it('is not sent later by a publisher that had no connection', async () => {
    const broker = use(await openMosquitto());
    await broker.kill();
    const publisher = use(await testPublisher(testOutbox(), { url: broker.url }));
    expect(await publisher.command(command())).toBe('offline');
    await broker.start();
    const relay = use(await relayAt(broker.url));
    await connected(publisher);
    await sleep(200);
    expect(relay.heard).toEqual([]);
  });

  it('is not sent where it could come too late, or its time is no number', async () => {
    const { url } = use(await openMosquitto());
    const publisher = await connected(use(await testPublisher(testOutbox(), { url })));
    expect(await publisher.command(command({ expiresAt: Date.now() + 2000 }))).toBe('late');
    expect(await publisher.command(command({ expiresAt: Number.NaN }))).toBe('late');
  });

  it('goes through a broker without expiry only where that is allowed', async () => {
    const port = await freePort();
    use(await openEmbeddedBroker({ port, log: silentLogger }));
    const publisher = await connected(use(await testPublisher(testOutbox(), { url: `embedded:${port}` })));
    expect(await publisher.command(command())).toBe('no_expiry');
    expect(await publisher.command(command({ allowWithoutExpiry: true }))).toBe('sent');
  });

  it('that the broker does not take in time resets the connection, so that nothing is left to be sent', async () => {
    let end: (error: NodeJS.ErrnoException) => void;
    const ended = new Promise<NodeJS.ErrnoException>(resolve => {
      end = resolve;
    });
    const server = createServer((peer: Socket) => void peer.on('error', error => end(error)));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    use({ close: () => new Promise<void>(resolve => server.close(() => resolve())) });
    const stream = connect((server.address() as { port: number }).port, '127.0.0.1');
    await once(stream, 'connect');
    const client = { options: { protocolVersion: 5 }, stream, publish: () => stream.write('command') };
    const outcome = sendCommand(commandLink(client), command({ expiresAt: 2300 }), 0);
    expect(await outcome).toBe('unanswered');
    expect((await ended).code).toBe('ECONNRESET');
  });
});
