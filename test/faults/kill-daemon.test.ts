import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { freePort } from '../support/brokers.ts';
import { createToken, type DaemonSettings, startDaemon } from '../support/daemon-process.ts';

/** Rounds of SIGKILL; more for a longer look: FACEGATE_KILLS=50 npx vitest run test/faults/kill-daemon.test.ts */
const KILLS = Number(process.env.FACEGATE_KILLS ?? 8);
const CLIENTS = 3;

interface Listed {
  readonly customer_person_id: string;
  readonly first_name: string;
  readonly images: readonly { image: string }[];
}

describe(`a daemon that is killed ${KILLS} times while people are enrolled`, () => {
  let folder: string;
  let settings: DaemonSettings;
  let token: string;
  let photos: Buffer[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-kills-'));
    const { persons } = await demoMedia();
    photos = await Promise.all(persons.map(({ photo }) => readFile(photo)));
    settings = {
      folder,
      config: [
        'http: { port: 0 }',
        `mqtt: { url: "embedded:${await freePort()}" }`,
        'engine: { workers: 1 }',
      ],
    };
    token = await createToken(settings, 'acme');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(
    'loses nothing that was acknowledged and keeps no half of anything',
    async () => {
      const acknowledged = new Map<string, number>();
      const deleted = new Set<string>();
      for (let round = 0; round < KILLS; round++) {
        const daemon = await startDaemon(settings);
        const stop = new AbortController();
        let answers = 0;
        const clients = Array.from({ length: CLIENTS }, (_, client) =>
          keepEnrolling({
            url: daemon.url,
            name: `${round}-${client}`,
            stop: stop.signal,
            onAnswer: () => void answers++,
          }),
        );
        while (answers < 4 * CLIENTS) await sleep(10);
        await sleep(Math.random() * 300);
        await daemon.kill();
        stop.abort();
        for (const ledger of await Promise.all(clients)) {
          for (const [id, images] of ledger.images) acknowledged.set(id, images);
          for (const id of ledger.deleted) deleted.add(id);
        }
      }

      const daemon = await startDaemon(settings);
      try {
        const found = new Map((await listAll(daemon.url)).map(person => [person.customer_person_id, person]));
        expect(acknowledged.size).toBeGreaterThan(KILLS);
        expect(deleted.size).toBeGreaterThan(0);
        const lost = [...acknowledged].filter(([id, images]) => (found.get(id)?.images.length ?? 0) < images);
        const back = [...deleted].filter(id => found.has(id));
        const torn = [...found.values()].filter(
          person => person.images.length === 0 || person.first_name !== `name-${person.customer_person_id}`,
        );
        expect({ lost, back, torn }).toEqual({ lost: [], back: [], torn: [] });
        // Every template that a profile names is searchable: the face is found again, and as someone who exists.
        const match = await findFace(daemon.url);
        expect(match).toMatchObject({ match_status: 'known' });
        expect(found.has(match.customer_person_id)).toBe(true);
        process.stdout.write(
          `${KILLS} kills, ${acknowledged.size} persons acknowledged, ${deleted.size} deletes acknowledged, 0 lost, 0 torn, 0 back\n`,
        );
      } finally {
        await daemon.kill();
      }
    },
    60_000 + KILLS * 6000,
  );

  /** Enrolls each new person twice and deletes every second, until the daemon is gone; what was answered 200. */
  async function keepEnrolling(client: {
    url: string;
    name: string;
    stop: AbortSignal;
    onAnswer: () => void;
  }) {
    const images = new Map<string, number>();
    const deleted = new Set<string>();
    try {
      for (let n = 0; !client.stop.aborted; n++) {
        const id = `${client.name}-${n}`;
        for (let image = 1; image <= 2; image++) {
          const form = new FormData();
          form.set('customer_person_id', id);
          form.set('first_name', `name-${id}`);
          form.set('image_path', new Blob([new Uint8Array(photos[0])]), 'photo.jpg');
          const answer = await call(client.url, 'POST', '/miicloud/person', form);
          expect(answer.status).toBe(200);
          images.set(id, image);
          client.onAnswer();
        }
        if (n % 2 === 0) continue;
        // From here on both are right: deleted, or still there.
        images.delete(id);
        const answer = await call(client.url, 'DELETE', `/miicloud/person/${id}`);
        expect(answer.status).toBe(200);
        deleted.add(id);
        client.onAnswer();
      }
    } catch (error) {
      // The daemon was killed in the middle of a call; anything else is a finding.
      if (!(error instanceof TypeError)) throw error;
    }
    return { images, deleted };
  }

  async function call(url: string, method: string, path: string, body?: FormData): Promise<Response> {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Token ${token}` },
      ...(body ? { body } : {}),
    });
    await answer.clone().arrayBuffer();
    return answer;
  }

  async function listAll(url: string): Promise<Listed[]> {
    const all: Listed[] = [];
    for (let cursor = ''; ; ) {
      const page = (await (await call(url, 'GET', `/miicloud/person?limit=100${cursor}`)).json()) as {
        persons: Listed[];
        next_cursor?: string;
      };
      all.push(...page.persons);
      if (page.next_cursor === undefined) return all;
      cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
  }

  /** 1:1 against the first person there is: all hold the same face, so that 1:N has no margin to anyone. */
  async function findFace(url: string): Promise<{ match_status: string; customer_person_id: string }> {
    const [{ customer_person_id }] = await listAll(url);
    const form = new FormData();
    form.set('image_path', new Blob([new Uint8Array(photos[0])]), 'photo.jpg');
    form.set('customer_person_id', customer_person_id);
    const answer = await call(url, 'POST', '/miicloud/match_faces', form);
    const { faces } = (await answer.json()) as {
      faces: { match_status: string; customer_person_id: string }[];
    };
    return faces[0];
  }
});
