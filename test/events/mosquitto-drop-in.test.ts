import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt from 'mqtt';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { UnstampedEvent } from '../../src/domain/event.ts';
import { type Mosquitto, openMosquitto } from '../support/brokers.ts';
import { type CertificateFiles, makeCertificateAuthority } from '../support/certificates.ts';
import { doorDecision, subscribe, testOutbox, testPublisher, unstamped, until } from './publishing.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource.close();
});
function use<T extends { close(): Promise<void> }>(resource: T): T {
  open.push(resource);
  return resource;
}

const authority = makeCertificateAuthority();
afterAll(authority.close);
const broker = authority.issue('127.0.0.1');
const [daemon, controller, assistant, stranger] = [
  'facegate',
  'controller-front',
  'home-assistant',
  'stranger',
].map(authority.issue);
const shipped = (name: string) => readFileSync(join(import.meta.dirname, '../../systemd', name), 'utf8');

/** The files that ship, as they are but for places, and the port that is free here. */
function openShipped(): Promise<Mosquitto> {
  return openMosquitto({
    whole: ({ port, folder }) => {
      const acl = join(folder, 'facegate.acl');
      // The node of the tests is called lobby.
      writeFileSync(acl, shipped('mosquitto-facegate.acl').replaceAll('facegate/door/', 'facegate/lobby/'));
      const text = shipped('mosquitto-facegate.conf')
        .replace('listener 8883', `listener ${port} 127.0.0.1`)
        .replaceAll('/etc/mosquitto/certs/ca.pem', authority.ca)
        .replaceAll('/etc/mosquitto/certs/broker.pem', broker.certificate)
        .replaceAll('/etc/mosquitto/certs/broker.key', broker.key)
        .replaceAll('/etc/mosquitto/facegate.acl', acl);
      return [`persistence_location ${folder}/`, 'user root', ...text.split('\n')];
    },
  });
}

const urlOf = ({ port }: Mosquitto) => `mqtts://127.0.0.1:${port}`;
const materialOf = ({ certificate, key }: CertificateFiles) => ({
  ca: readFileSync(authority.ca, 'utf8'),
  cert: readFileSync(certificate, 'utf8'),
  key: readFileSync(key, 'utf8'),
});

function decided(): UnstampedEvent {
  const {
    schema: _s,
    event_id: _e,
    seq: _q,
    node: _n,
    ...event
  } = doorDecision({ ttlMs: 5000, decidedAt: Date.now() });
  return event;
}

describe('the mosquitto that ships', () => {
  it('lets only the daemon write, and a controller see only its door', async () => {
    const mosquitto = use(await openShipped());
    const url = urlOf(mosquitto);
    const atDoor = use(await subscribe(url, 5, false, materialOf(controller)));
    const atHome = use(await subscribe(url, 5, false, materialOf(assistant)));
    const outsider = use(await subscribe(url, 5, false, materialOf(stranger)));
    const outbox = testOutbox({ now: Date.now });
    use(await testPublisher(outbox, { url, ...materialOf(daemon) }));
    await outbox.add(unstamped(1));
    await outbox.add(decided());
    await until(() => atHome.events().length === 1 && atHome.decisions().length === 1);
    await until(() => atDoor.decisions().length === 1);

    const forger = await mqtt.connectAsync(url, { protocolVersion: 5, ...materialOf(controller) });
    open.push({ close: () => forger.endAsync(true) });
    const forged = forger.publishAsync('facegate/lobby/door/front/decision', 'grant', { qos: 1 });
    await expect(forged).rejects.toThrow(/Not authorized/);
    await sleep(200);
    expect(atDoor.received.map(({ topic }) => topic).sort()).toEqual([
      'facegate/lobby/door/front/decision',
      'facegate/lobby/status',
    ]);
    expect(outsider.received).toEqual([]);
  });

  it('lets nobody in without a certificate', async () => {
    const mosquitto = use(await openShipped());
    const { ca } = materialOf(controller);
    const attempt = mqtt.connectAsync(
      urlOf(mosquitto),
      { ca, reconnectPeriod: 0, connectTimeout: 2000 },
      false,
    );
    await expect(attempt).rejects.toThrow();
  });

  it('keeps what it has acknowledged for a controller that is away, also when it is killed at once', async () => {
    const mosquitto = use(await openShipped());
    const url = urlOf(mosquitto);
    const away = await subscribe(url, 5, true, materialOf(assistant));
    await away.close();
    const outbox = testOutbox();
    use(await testPublisher(outbox, { url, ...materialOf(daemon) }));
    // More than the thousand that mosquitto keeps by default.
    for (let track = 0; track < 1500; track++) await outbox.add(unstamped(track));
    await until(() => outbox.count() === 0);
    await mosquitto.kill('SIGKILL');
    await mosquitto.start();
    const back = use(await subscribe(url, 5, true, materialOf(assistant)));
    await until(() => new Set(back.events().map(({ event_id }) => event_id)).size === 1500);
  });
});
