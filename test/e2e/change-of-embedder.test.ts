import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DLIB_ID } from '../../scripts/convert-dlib/catalog-entry.ts';
import { convertDlib } from '../../scripts/convert-dlib/convert.ts';
import { demoMedia } from '../../scripts/demo/media.ts';
import { loadCatalog } from '../../src/config/catalog.ts';
import { installModels } from '../../src/engine/models/install.ts';
import { createToken, type DaemonSettings, facegate, startDaemon } from '../support/daemon-process.ts';
import { catalogFile, modelsDir } from '../support/engine.ts';

describe('a change of the embedder', () => {
  let folder: string;
  let models: string;
  let catalog: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-change-'));
    models = join(folder, 'models');
    await mkdir(models);
    for (const name of await readdir(modelsDir()))
      await copyFile(join(modelsDir(), name), join(models, name));
    catalog = await convertDlib(join(folder, 'own'), catalogFile);
    await installModels({ catalog: await loadCatalog(catalog), ids: [DLIB_ID], dir: models });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is followed by the gallery: kept images are described anew, the others must enroll again', async () => {
    const [one, other] = (await demoMedia()).persons;
    const settings = (keepImages: boolean, more: readonly string[] = []): DaemonSettings => ({
      folder,
      config: [
        'http: { port: 0 }',
        'mqtt: { url: "mqtt://127.0.0.1:1" }',
        'engine: { workers: 1 }',
        `enrollment: { keepImages: ${keepImages} }`,
        ...more,
      ],
    });
    const first = settings(true);
    const token = await createToken(first, 'acme');
    const during = async (chosen: DaemonSettings, work: (run: Run, url: string) => Promise<void>) => {
      const daemon = await startDaemon(chosen);
      const env = { FACEGATE_TOKEN: token, FACEGATE_URL: daemon.url };
      const run: Run = async args => {
        const { code, stdout, stderr } = await facegate({ ...chosen, env }, args);
        expect({ code, stderr }).toMatchObject({ code: 0 });
        return stdout;
      };
      try {
        await work(run, daemon.url);
      } finally {
        await daemon.stop();
      }
    };
    const knownIn = async (url: string, photo: string) => {
      const form = new FormData();
      form.set('image_path', new Blob([await readFile(photo)]), 'a.jpg');
      const headers = { authorization: `Token ${token}` };
      const answer = await fetch(`${url}/miicloud/match_faces`, { method: 'POST', headers, body: form });
      const { faces } = (await answer.json()) as { faces: { customer_person_id?: string }[] };
      return faces.map(face => face.customer_person_id);
    };

    await during(first, async run => void (await run(['person', 'enroll', '--id', 'one', one.photo])));
    await during(settings(false), async run => {
      await run(['person', 'enroll', '--id', 'other', other.photo]);
    });
    const own = [
      `models: { catalog: "${catalog}", dir: "${models}", embedder: ${DLIB_ID} }`,
      'recognition: { minMargin: 0.01 }',
    ];
    await during(settings(false, own), async (run, url) => {
      expect(await knownIn(url, one.photo)).toEqual([undefined]);
      expect((await run(['person', 'list'])).match(/"needs_enrollment":true/g)).toHaveLength(2);
      const said = await run(['gallery', 'migrate']);
      expect(said).toContain('2 of 2 persons: 1 templates made anew, 1 left (1 without a kept image');
      expect(said).toContain('1 persons must enroll again');
      expect(await knownIn(url, one.photo)).toEqual(['one']);
      expect(await knownIn(url, other.photo)).toEqual([undefined]);
      const list = (await run(['person', 'list'])).trim().split('\n');
      expect(list.map(line => JSON.parse(line))).toMatchObject([
        { customer_person_id: 'one' },
        { customer_person_id: 'other', needs_enrollment: true },
      ]);
      expect(list[0]).not.toContain('needs_enrollment');
      await run(['person', 'enroll', '--id', 'other', other.photo]);
      expect(await knownIn(url, other.photo)).toEqual(['other']);
    });
  });
});

type Run = (args: string[]) => Promise<string>;
