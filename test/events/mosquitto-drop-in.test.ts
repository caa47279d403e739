import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { use } from '../support/closing.ts';
import { openShippedBroker } from '../support/shipped-broker.ts';
import { freshGrant, subscribe, testOutbox, testPublisher, unstamped, until } from './publishing.ts';

describe('the mosquitto that ships', () => {
  it('lets only the daemon write, and a controller see only its door', async () => {
    const { url, materialOf } = use(await openShippedBroker('lobby'));
    const atDoor = use(await subscribe(url, 5, false, materialOf('controller-front')));
    const atHome = use(await subscribe(url, 5, false, materialOf('home-assistant')));
    const outsider = use(await subscribe(url, 5, false, materialOf('stranger')));
    const outbox = testOutbox({ now: Date.now });
    use(await testPublisher(outbox, { url, ...materialOf('facegate') }));
    await outbox.add(unstamped(1));
    await outbox.add(freshGrant(5000));
    await until(() => atHome.events().length === 1 && atHome.decisions().length === 1);
    await until(() => atDoor.decisions().length === 1);

    const forger = await mqtt.connectAsync(url, { protocolVersion: 5, ...materialOf('controller-front') });
    use({ close: () => forger.endAsync(true) });
    const forged = forger.publishAsync('facegate/lobby/door/front/decision', 'grant', { qos: 1 });
    await expect(forged).rejects.toThrow(/Not authorized/);
    await sleep(200);
    expect(atDoor.received.map(({ topic }) => topic).sort()).toEqual([
      'facegate/lobby/door/front/decision',
      'facegate/lobby/status',
    ]);
    expect(outsider.received).toEqual([]);
  });

  it('lets the daemon command its relay and nothing else', async () => {
    const { url, materialOf } = use(await openShippedBroker('lobby'));
    const relay = await mqtt.connectAsync(url, { protocolVersion: 5, ...materialOf('relay-front') });
    use({ close: () => relay.endAsync(true) });
    const heard: string[] = [];
    relay.on('message', topic => heard.push(topic));
    await relay.subscribeAsync('#', { qos: 1 });
    const publisher = use(await testPublisher(testOutbox(), { url, ...materialOf('facegate') }));
    await until(() => publisher.status().connected);
    const command = (topic: string) =>
      publisher.command({ topic, payload: 'ON', expiresAt: Date.now() + 5000, allowWithoutExpiry: false });
    expect(await command('cmnd/door-relay/POWER')).toBe('sent');
    for (const topic of ['cmnd/garage/POWER', 'facegate/hall/status', 'homeassistant/status'])
      expect([topic, await command(topic)]).toEqual([topic, 'refused']);
    await until(() => heard.length > 0);
    expect(heard).toEqual(['cmnd/door-relay/POWER']);
  });

  it('lets nobody in without a certificate', async () => {
    const { url, materialOf } = use(await openShippedBroker('lobby'));
    const { ca } = materialOf('controller-front');
    const attempt = mqtt.connectAsync(url, { ca, reconnectPeriod: 0, connectTimeout: 2000 }, false);
    await expect(attempt).rejects.toThrow();
  });

  it('keeps what it has acknowledged for a controller that is away, also when it is killed as soon as that is written', async () => {
    const { url, materialOf, mosquitto } = use(await openShippedBroker('lobby'));
    const assistant = materialOf('home-assistant');
    const away = await subscribe(url, 5, true, assistant);
    await away.close();
    const outbox = testOutbox();
    use(await testPublisher(outbox, { url, ...materialOf('facegate') }));
    // More than the thousand that mosquitto keeps by default.
    for (let track = 0; track < 1500; track++) await outbox.add(unstamped(track));
    await until(() => outbox.count() === 0);
    // Mosquitto acknowledges first, and saves in the same round; a slow machine can kill it in between.
    await until(() => readFileSync(join(mosquitto.folder, 'mosquitto.db'), 'utf8').includes('"front-1499"'));
    await mosquitto.kill('SIGKILL');
    await mosquitto.start();
    const back = use(await subscribe(url, 5, true, assistant));
    await until(() => new Set(back.events().map(({ event_id }) => event_id)).size === 1500);
  });
});
