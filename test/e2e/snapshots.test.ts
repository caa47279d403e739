import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enroll } from '../../scripts/demo/enroll.ts';
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
import { bytesBelow } from '../support/store-files.ts';

const DEADLINE_MS = 60_000;

/** A daemon that keeps the faces of persons who are named, at a door. One story in order. */
describe('the snapshot of an event', () => {
  let folder: string;
  let media: DemoMedia;
  let broker: Mosquitto;
  let subscriber: MqttClient;
  let settings: DaemonSettings;
  let daemon: DaemonProcess;
  let token: string;
  const events: FaceEvent[] = [];
  const pictures: Buffer[] = [];

  const until = async <T>(what: string, find: () => T | undefined): Promise<T> => {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`${what} did not happen; log:\n${daemon.log()}`);
      await sleep(50);
    }
  };
  const ask = (path: string, options: RequestInit = {}) =>
    fetch(`${daemon.url}${path}`, { ...options, headers: { authorization: `Token ${token}` } });
  const referenceOf = (event: FaceEvent) => ('snapshot' in event ? event.snapshot : undefined);
  const seen = (type: FaceEvent['type'], decision?: string) =>
    events.find(
      event => event.type === type && (!('decision' in event) || !decision || event.decision === decision),
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-snapshots-'));
    media = await demoMedia();
    broker = await openMosquitto();
    subscriber = await connectAsync(broker.url, { protocolVersion: 5 });
    subscriber.on('message', (_topic, payload) => events.push(JSON.parse(payload.toString()) as FaceEvent));
    await subscriber.subscribeAsync(['facegate/faces/event/#', 'facegate/faces/door/#'], { qos: 1 });
    settings = {
      folder,
      env: { DOOR_KEY: '6f0c7a1e5b2d4893a7c6e5f4d3b2a190' },
      config: [
        'node: faces',
        'http: { port: 0 }',
        `mqtt: { url: "${broker.url}" }`,
        'history: { snapshots: { known: true } }',
        'cameras:',
        `  - { id: gate, url: "${pathToFileURL(await faceVideo('franck'))}", loop: true, customer: acme }`,
        'doors:',
        '  - { id: main, customer: acme, cameras: [gate], key: "${DOOR_KEY}" }',
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

  it('is not kept of a stranger, whose event says so by its silence', async () => {
    const event = await until('an unknown face', () => seen('unknown_seen'));
    expect(event).not.toHaveProperty('snapshot');
    const answer = await ask(`/api/v1/events/${event.seq}/snapshot.jpg`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'snapshot_not_found' }]);
  }, 90_000);

  it('shows the face that a door opened for, and that a person was seen by', async () => {
    const [person] = media.persons;
    await enroll({ url: daemon.url, token, ...person });
    for (const event of [
      await until('a grant', () => seen('door_decision', 'grant')),
      await until('a person', () => seen('person_seen')),
    ]) {
      expect(referenceOf(event)).toBe(`/api/v1/events/${event.seq}/snapshot.jpg`);
      const answer = await ask(referenceOf(event)!);
      expect([
        answer.status,
        answer.headers.get('content-type'),
        answer.headers.get('cache-control'),
      ]).toEqual([200, 'image/jpeg', 'no-store']);
      const jpeg = Buffer.from(await answer.arrayBuffer());
      pictures.push(jpeg);
      // The daemon's own detector and gallery say whose face it is.
      const body = new FormData();
      body.set('image_path', new Blob([new Uint8Array(jpeg)]), 'a.jpg');
      const match = await ask('/miicloud/match_faces', { method: 'POST', body });
      const text = await match.text();
      expect([match.status, text]).toEqual([200, expect.stringContaining('"demo-1"')]);
    }
  }, 120_000);

  it('is gone with the person, also from the disk', async () => {
    expect((await ask('/miicloud/person/demo-1', { method: 'DELETE' })).status).toBe(200);
    for (const event of events.filter(one => referenceOf(one) !== undefined)) {
      const answer = await ask(referenceOf(event)!);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'not_found' }]);
    }
    expect(await daemon.stop()).toBe(0);
    const disk = bytesBelow(folder) + daemon.log();
    for (const jpeg of pictures)
      for (let at = 200; at + 16 <= jpeg.length; at += 64)
        expect(disk.includes(jpeg.toString('latin1', at, at + 16))).toBe(false);
  }, 60_000);
});
