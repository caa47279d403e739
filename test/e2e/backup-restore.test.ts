import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { freePort } from '../support/brokers.ts';
import { runCommand } from '../support/command-line.ts';
import {
  createToken,
  type DaemonSettings,
  facegate,
  startDaemon,
  writeConfig,
} from '../support/daemon-process.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from '../support/people.ts';
import { openStoreIn } from '../support/temporary-store.ts';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-backup-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const settingsIn = async (dir: string): Promise<DaemonSettings> => {
  await mkdir(at(dir), { recursive: true });
  const broker = `mqtt: { url: "embedded:${await freePort()}" }`;
  return { folder: at(dir), config: ['http: { port: 0 }', broker, 'engine: { workers: 1 }'] };
};

describe('a backup of a running daemon', () => {
  it('opens the door to the same people on another machine, with the key alone', async () => {
    const here = await settingsIn('here');
    const token = await createToken(here, 'acme');
    const daemon = await startDaemon(here);
    const { persons } = await demoMedia();
    const env = { FACEGATE_TOKEN: token, FACEGATE_URL: daemon.url };
    try {
      const enrolled = await facegate({ ...here, env }, [
        'person',
        'enroll',
        '--id',
        '1234',
        persons[0].photo,
      ]);
      expect(enrolled.stderr).toBe('');
      const headers = { authorization: `Token ${token}` };
      const own = await fetch(`${daemon.url}/api/v1/backup`, { method: 'POST', headers });
      const { name } = (await own.json()) as { name: string };
      expect({ status: own.status, files: await readdir(at('here', 'state', 'backups', name)) }).toEqual({
        status: 201,
        files: ['backup.json', 'data.mdb', 'persons.keys'],
      });
      const made = await facegate(here, ['backup', at('usb', 'facegate.tar')]);
      expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('1 persons with 1 images') });
    } finally {
      await daemon.stop();
    }

    const there = await settingsIn('there');
    await mkdir(at('there', 'state'));
    await copyFile(at('here', 'state', 'store.key'), at('there', 'state', 'store.key'));
    const restored = await facegate(there, ['restore', at('usb', 'facegate.tar')]);
    expect(restored).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 persons with 1 images as of'),
    });
    expect(restored.stderr).toMatch(/revoked since are valid again/);
    const other = await startDaemon(there);
    try {
      const form = new FormData();
      form.set('image_path', new Blob([new Uint8Array(await readFile(persons[0].photo))]), 'a.jpg');
      const answer = await fetch(`${other.url}/miicloud/match_faces`, {
        method: 'POST',
        headers: { authorization: `Token ${token}` },
        body: form,
      });
      expect(await answer.json()).toMatchObject({
        faces: [{ match_status: 'known', customer_person_id: '1234' }],
      });
    } finally {
      await other.stop();
    }
  });
});

describe('a backup taken under load', () => {
  it('is a consistent state of what was acknowledged: 16 enroll and delete meanwhile', async () => {
    const settings = await settingsIn('.');
    const store = await openStoreIn(at('state'));
    const gallery = await galleryOf(store);
    const load = startLoad(gallery, 16);
    for (let round = 0; round < 2; round++) {
      await load.changes(200);
      const before = load.acknowledged();
      const made = await facegate(settings, ['backup', '--json', at(`backup-${round}`)]);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const after = load.acknowledged();

      const target = at(`restored-${round}`);
      const key = ['--key', at('state', 'store.key')];
      const restored = await facegate(settings, [
        'restore',
        at(`backup-${round}`),
        '--state',
        target,
        ...key,
      ]);
      expect(restored.code).toBe(0);
      const copy = await openStoreIn(target);
      const found = new Set([...copy.persons.all()].map(({ customerPersonId }) => customerPersonId));
      expect(found.size).toBe(JSON.parse(made.stdout).counts.persons);
      expect((await galleryOf(copy)).size().templates).toBe(found.size);
      expect(await copy.audit.verify()).toMatchObject({ intact: true });
      const lost = [...before.there].filter(
        id => !found.has(id) && !after.gone.has(id) && !after.begun.has(id),
      );
      const resurrected = [...found].filter(id => before.gone.has(id));
      expect({ lost, resurrected }).toEqual({ lost: [], resurrected: [] });
      await copy.close();
    }
    await load.stop();
    await gallery.close();
    await store.close();
  });
});

describe('facegate restore', () => {
  it('says in one sentence what is wrong', async () => {
    const settings = await settingsIn('.');
    const config = await writeConfig(settings);
    await (await openStoreIn(at('state'))).close();
    const tar = at('facegate.tar');
    expect(await runCommand(['--config', config, 'backup', tar])).toMatchObject({ code: 0 });
    expect(await runCommand(['--config', config, 'backup', tar])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already'),
    });
    const refused = async (args: string[], reason: RegExp) => {
      const { code, stderr } = await runCommand(['--config', config, 'restore', ...args]);
      expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 78, lines: 1 });
      expect(stderr).toMatch(reason);
    };
    await refused([tar], /state is not empty \(/);
    await writeFile(at('other.key'), '7'.repeat(64));
    await refused(
      [tar, '--state', at('new'), '--key', at('other.key')],
      /sealed with the key .* put the right key back/,
    );
    await refused([tar, '--state', at('new')], /key file .*store\.key is missing/);
    await truncate(tar, 20_000);
    await refused([tar, '--state', at('new'), '--key', at('state', 'store.key')], /truncated/);
    await refused([at('nothing.tar'), '--state', at('new')], /cannot be read/);
  });
});

function galleryOf(store: Store): Promise<Gallery> {
  return openGallery({
    store,
    embedderId: MODEL,
    maxImages: 5,
    policy: enrollmentPolicy(),
    log: silentLogger,
  });
}

/** So many at once enroll and delete; every id is used once. */
function startLoad(gallery: Gallery, atOnce: number) {
  const [there, gone, begun] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let stopped = false;
  let count = 0;
  const work = async (): Promise<void> => {
    while (!stopped) {
      const [oldest] = there;
      if (there.size > 200 && oldest !== undefined) {
        there.delete(oldest);
        begun.add(oldest);
        await gallery.remove('c', oldest);
        gone.add(oldest);
        begun.delete(oldest);
        continue;
      }
      const seed = ++count;
      const template = { embedding: embeddingOf(seed), norm: seed };
      const image = { name: 'x.jpg', extension: 'jpg' };
      await gallery.enroll({ customerId: 'c', customerPersonId: `p${seed}`, profile: {}, image, template });
      there.add(`p${seed}`);
    }
  };
  const workers = Array.from({ length: atOnce }, work);
  return {
    /** Resolves when so many more were enrolled. */
    changes: async (more: number) => {
      for (const until = count + more; count < until; ) await new Promise(resolve => setTimeout(resolve, 5));
    },
    /** Ids that are enrolled, deleted, and under way to be deleted. */
    acknowledged: () => ({ there: new Set(there), gone: new Set(gone), begun: new Set(begun) }),
    stop: async () => {
      stopped = true;
      await Promise.all(workers);
    },
  };
}
