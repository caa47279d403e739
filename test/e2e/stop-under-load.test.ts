import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoMedia, demoMedia } from '../../scripts/demo/media.ts';
import type { FaceEvent } from '../../src/domain/event.ts';
import { type DaemonStage, openDaemonStage } from '../support/daemon-stage.ts';
import { faceVideo } from '../support/media.ts';

const CLIENTS = 6;
const DRAIN_MS = 10_000;

describe('SIGTERM under load', () => {
  let media: DemoMedia;
  let stage: DaemonStage;
  const received = new Set<string>();

  beforeAll(async () => {
    media = await demoMedia();
    stage = await openDaemonStage();
    await stage.hear('facegate/#', (topic, payload) => {
      if (topic.includes('/event/')) received.add((JSON.parse(String(payload)) as FaceEvent).event_id);
    });
    await stage.start({
      config: [
        'recognition: { trackTimeoutMs: 300 }',
        'cameras:',
        `  - { id: gate, url: "${pathToFileURL(await faceVideo('franck'))}", loop: true, customer: acme }`,
      ],
    });
  });

  afterAll(() => stage?.close());

  /** Enrolls one person after the other until the daemon takes no more; `acknowledged` gets the ids that it took. */
  async function enrollUntilGone(client: number, photo: Uint8Array, acknowledged: string[]): Promise<void> {
    for (let number = 0; ; number++) {
      const id = `client-${client}-${number}`;
      const body = new FormData();
      body.set('customer_person_id', id);
      body.set('image_path', new Blob([new Uint8Array(photo)]), 'photo.jpg');
      try {
        const answer = await stage.call('POST', '/miicloud/person', body);
        if (answer.status === 200) acknowledged.push(id);
        else await sleep(20);
      } catch {
        return;
      }
    }
  }

  it('ends with 0 within ten seconds, and nothing that was acknowledged or decided is lost', async () => {
    const photo = await readFile(media.persons[0]!.photo);
    await stage.until('an event', () => received.size > 0);
    const acknowledged: string[] = [];
    const clients = Array.from({ length: CLIENTS }, (_, client) =>
      enrollUntilGone(client, photo, acknowledged),
    );
    await stage.until('enrollments', () => acknowledged.length > 2 * CLIENTS);
    const began = performance.now();
    expect(await stage.daemon.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(DRAIN_MS);
    await Promise.all(clients);

    await stage.start();
    for (const id of acknowledged)
      expect((await stage.call('GET', `/miicloud/person/${id}`)).status).toBe(200);
    const answer = await stage.call('GET', '/api/v1/events?limit=1000');
    const { events } = (await answer.json()) as { events: FaceEvent[] };
    expect(events.length).toBeGreaterThan(0);
    for (const end = performance.now() + 20_000; ; await sleep(50)) {
      const missing = events.filter(event => !received.has(event.event_id));
      if (missing.length === 0) break;
      if (performance.now() > end) expect(missing).toEqual([]);
    }
  });
});
