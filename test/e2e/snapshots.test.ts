import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enroll } from '../../scripts/demo/enroll.ts';
import { type DemoMedia, demoMedia } from '../../scripts/demo/media.ts';
import type { FaceEvent } from '../../src/domain/event.ts';
import { type DaemonStage, openDaemonStage } from '../support/daemon-stage.ts';
import { faceVideo } from '../support/media.ts';
import { bytesBelow } from '../support/store-files.ts';

/** A daemon that keeps the faces of persons who are named, at a door. One story in order. */
describe('the snapshot of an event', () => {
  let media: DemoMedia;
  let stage: DaemonStage;
  const events: FaceEvent[] = [];
  const pictures: Buffer[] = [];

  const referenceOf = (event: FaceEvent) => ('snapshot' in event ? event.snapshot : undefined);
  const seen = (type: FaceEvent['type'], decision?: string) =>
    events.find(
      event => event.type === type && (!('decision' in event) || !decision || event.decision === decision),
    );

  beforeAll(async () => {
    media = await demoMedia();
    stage = await openDaemonStage();
    await stage.hear(['facegate/faces/event/#', 'facegate/faces/door/#'], (_topic, payload) =>
      events.push(JSON.parse(payload.toString()) as FaceEvent),
    );
    await stage.start({
      env: { DOOR_KEY: '6f0c7a1e5b2d4893a7c6e5f4d3b2a190' },
      config: [
        'node: faces',
        'history: { snapshots: { known: true } }',
        'cameras:',
        `  - { id: gate, url: "${pathToFileURL(await faceVideo('franck'))}", loop: true, customer: acme }`,
        'doors:',
        '  - { id: main, customer: acme, cameras: [gate], key: "${DOOR_KEY}" }',
      ],
    });
  });

  afterAll(() => stage?.close());

  it('is not kept of a stranger, whose event says so by its silence', async () => {
    const event = await stage.until('an unknown face', () => seen('unknown_seen'));
    expect(event).not.toHaveProperty('snapshot');
    const answer = await stage.call('GET', `/api/v1/events/${event.seq}/snapshot.jpg`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'snapshot_not_found' }]);
  });

  it('shows the face that a door opened for, and that a person was seen by', async () => {
    const [person] = media.persons;
    await enroll({ url: stage.daemon.url, token: stage.token, ...person });
    for (const event of [
      await stage.until('a grant', () => seen('door_decision', 'grant')),
      await stage.until('a person', () => seen('person_seen')),
    ]) {
      expect(referenceOf(event)).toBe(`/api/v1/events/${event.seq}/snapshot.jpg`);
      const answer = await stage.call('GET', referenceOf(event)!);
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
      const match = await stage.call('POST', '/miicloud/match_faces', body);
      const text = await match.text();
      expect([match.status, text]).toEqual([200, expect.stringContaining('"demo-1"')]);
    }
  });

  it('is gone with the person, also from the disk', async () => {
    expect((await stage.call('DELETE', '/miicloud/person/demo-1')).status).toBe(200);
    for (const event of events.filter(one => referenceOf(one) !== undefined)) {
      const answer = await stage.call('GET', referenceOf(event)!);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'not_found' }]);
    }
    expect(await stage.daemon.stop()).toBe(0);
    const disk = bytesBelow(stage.settings.folder) + stage.daemon.log();
    for (const jpeg of pictures)
      for (let at = 200; at + 16 <= jpeg.length; at += 64)
        expect(disk.includes(jpeg.toString('latin1', at, at + 16))).toBe(false);
  });
});
