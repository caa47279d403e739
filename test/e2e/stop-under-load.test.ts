import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoMedia, demoMedia } from '../../scripts/demo/media.ts';
import type { FaceEvent } from '../../src/domain/event.ts';
import { type Mosquitto, openMosquitto } from '../support/brokers.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  startDaemon,
} from '../support/daemon-process.ts';
import { faceVideo } from '../support/media.ts';

const CLIENTS = 6;
const DRAIN_MS = 10_000;

describe('SIGTERM under load', () => {
  let folder: string;
  let media: DemoMedia;
  let broker: Mosquitto;
  let subscriber: MqttClient;
  let settings: DaemonSettings;
  let token: string;
  let daemon: DaemonProcess;
  const received = new Set<string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-stop-'));
    media = await demoMedia();
    broker = await openMosquitto();
    subscriber = await connectAsync(broker.url);
    subscriber.on('message', (topic, payload) => {
      if (topic.includes('/event/')) received.add((JSON.parse(String(payload)) as FaceEvent).event_id);
    });
    await subscriber.subscribeAsync('facegate/#', { qos: 1 });
    settings = {
      folder,
      config: [
        'http: { port: 0 }',
        `mqtt: { url: "${broker.url}" }`,
        'recognition: { trackTimeoutMs: 300 }',
        'cameras:',
        `  - { id: gate, url: "${pathToFileURL(await faceVideo('franck'))}", loop: true, customer: acme }`,
      ],
    };
    token = await createToken(settings, 'acme');
    daemon = await startDaemon(settings);
  }, 180_000);

  afterAll(async () => {
    await daemon?.kill();
    await subscriber?.endAsync();
    await broker?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const headers = () => ({ authorization: `Token ${token}` });

  async function until(what: string, condition: () => boolean): Promise<void> {
    for (const end = performance.now() + 60_000; !condition(); await sleep(50))
      if (performance.now() > end) throw new Error(`never: ${what}; log:\n${daemon.log()}`);
  }

  /** Enrolls one person after the other until the daemon takes no more; `acknowledged` gets the ids that it took. */
  async function enrollUntilGone(client: number, photo: Uint8Array, acknowledged: string[]): Promise<void> {
    for (let number = 0; ; number++) {
      const id = `client-${client}-${number}`;
      const body = new FormData();
      body.set('customer_person_id', id);
      body.set('image_path', new Blob([new Uint8Array(photo)]), 'photo.jpg');
      try {
        const answer = await fetch(`${daemon.url}/miicloud/person`, {
          method: 'POST',
          headers: headers(),
          body,
        });
        if (answer.status === 200) acknowledged.push(id);
        else await sleep(20);
      } catch {
        return;
      }
    }
  }

  it('ends with 0 within ten seconds, and nothing that was acknowledged or decided is lost', async () => {
    const photo = await readFile(media.persons[0]!.photo);
    await until('an event', () => received.size > 0);
    const acknowledged: string[] = [];
    const clients = Array.from({ length: CLIENTS }, (_, client) =>
      enrollUntilGone(client, photo, acknowledged),
    );
    await until('enrollments', () => acknowledged.length > 2 * CLIENTS);
    const began = performance.now();
    expect(await daemon.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(DRAIN_MS);
    await Promise.all(clients);

    daemon = await startDaemon(settings);
    for (const id of acknowledged)
      expect((await fetch(`${daemon.url}/miicloud/person/${id}`, { headers: headers() })).status).toBe(200);
    const answer = await fetch(`${daemon.url}/api/v1/events?limit=1000`, { headers: headers() });
    const { events } = (await answer.json()) as { events: FaceEvent[] };
    expect(events.length).toBeGreaterThan(0);
    for (const end = performance.now() + 20_000; ; await sleep(50)) {
      const missing = events.filter(event => !received.has(event.event_id));
      if (missing.length === 0) break;
      if (performance.now() > end) expect(missing).toEqual([]);
    }
  }, 180_000);
});
