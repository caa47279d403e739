import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { freePort } from '../support/brokers.ts';
import { createToken, type DaemonSettings, facegate, startDaemon } from '../support/daemon-process.ts';

let folder: string;
let settings: DaemonSettings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-cli-'));
  settings = {
    folder,
    config: ['http: { port: 0 }', `mqtt: { url: "embedded:${await freePort()}" }`, 'engine: { workers: 1 }'],
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('facegate', () => {
  it('explains itself and its exit codes', async () => {
    const { code, stdout } = await facegate(settings, ['--help']);
    expect(code).toBe(0);
    for (const command of ['serve', 'demo', 'models', 'token', 'person', 'check-config', 'Exit codes'])
      expect(stdout).toContain(command);
  });

  it.each([
    [['bogus']],
    [['token', 'create', '--customer', 'acme', '--role', 'king']],
    [['token', 'create', '--customer', '../x', '--role', 'admin']],
  ])('answers wrong usage with 2 and a hint: %j', async args => {
    const { code, stderr } = await facegate(settings, args);
    expect(code).toBe(2);
    expect(stderr).toContain('Add --help');
  });

  it('says that a good configuration is good', async () => {
    const { code, stdout } = await facegate(settings, ['check-config']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^The configuration is good: 0 camera/);
  });

  it.each(['check-config', 'serve'])(
    'answers a bad configuration with 78 and one line with the place: %s',
    async command => {
      const bad = { folder, config: ['http:', '  prot: 8080'] };
      const { code, stderr } = await facegate(bad, [command]);
      expect(code).toBe(78);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(/facegate\.yaml:3:\d+ .*prot.*did you mean.*port/i);
    },
  );

  it('answers a missing model with 78 and what to run', async () => {
    const { code, stderr } = await facegate(
      { ...settings, config: [...settings.config, `models: { dir: ${join(folder, 'none')} }`] },
      ['serve'],
    );
    expect(code).toBe(78);
    expect(stderr).toMatch(/run "facegate models install"/);
  });

  it('lists the models with licence and provenance', async () => {
    const { stdout } = await facegate(settings, ['models', 'list', '--json']);
    const models = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    expect(models.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['fp-ultraface', 'fp-landmark68', 'fp-mobilefacenet-512']),
    );
    for (const model of models)
      expect(model).toMatchObject({ licence: expect.any(String), provenance: expect.any(String) });
  });

  it('installs nothing twice', async () => {
    const { code, stderr } = await facegate(settings, ['models', 'install']);
    expect(code).toBe(0);
    expect(
      stderr
        .trim()
        .split('\n')
        .every(line => line.endsWith('is installed')),
    ).toBe(true);
  });
});

describe('facegate token', () => {
  it('shows a new token once and stores only its hash', async () => {
    const { stdout } = await facegate(settings, [
      'token',
      'create',
      '--customer',
      'acme',
      '--role',
      'reader',
      '--name',
      'kiosk',
    ]);
    const token = stdout.trim();
    expect(token).toMatch(/^[0-9a-f]{40}$/);
    const listed = (await facegate(settings, ['token', 'list'])).stdout;
    expect(listed).toMatch(/acme\treader\tvalid\tnever used\tkiosk/);
    expect(listed).not.toContain(token);
  });

  it('registers a token that clients already have, from standard input', async () => {
    const given = '0E653da4969a757d21de0ffa6387d5fbd6401131';
    const args = ['token', 'create', '--customer', 'acme', '--role', 'admin', '--stdin'];
    const { code, stdout } = await facegate(settings, args, `${given}\n`);
    expect(code).toBe(0);
    expect(stdout.toLowerCase()).not.toContain(given.toLowerCase());
    expect((await facegate(settings, args, 'not a token')).stderr).toContain('40 hex digits');
  });

  it('revokes by the first digits of the hash', async () => {
    const listed = (await facegate(settings, ['token', 'list'])).stdout;
    const hash = listed
      .split('\n')
      .find(line => line.includes('kiosk'))!
      .split('\t')[0];
    expect((await facegate(settings, ['token', 'revoke', hash])).code).toBe(0);
    expect((await facegate(settings, ['token', 'list'])).stdout).toMatch(
      /acme\treader\trevoked\tnever used\tkiosk/,
    );
  });
});

describe('facegate person', () => {
  it('enrolls, lists and deletes persons of the running daemon', async () => {
    const token = await createToken(settings, 'acme');
    const daemon = await startDaemon(settings);
    try {
      const { persons } = await demoMedia();
      const person = (...args: string[]) =>
        facegate({ ...settings, env: { FACEGATE_TOKEN: token, FACEGATE_URL: daemon.url } }, [
          'person',
          ...args,
        ]);
      const photos = persons.map(({ photo }) => photo);
      expect((await person('enroll', '--id', 'a/b ü', '--first-name', 'Ada', ...photos)).code).toBe(0);
      const [listed] = (await person('list')).stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as { images: unknown[] });
      expect(listed).toMatchObject({ customer_person_id: 'a/b ü', first_name: 'Ada' });
      expect(listed.images).toHaveLength(2);
      expect((await person('delete', 'a/b ü')).code).toBe(0);
      expect((await person('list')).stdout).toBe('');
      expect(await person('delete', 'a/b ü')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('person'),
      });
      const note = join(folder, 'note.jpg');
      await writeFile(note, 'no image');
      expect(await person('enroll', '--id', 'x', note)).toMatchObject({ code: 1 });
    } finally {
      await daemon.stop();
    }
  });

  it('says what is missing when there is no token or no daemon', async () => {
    expect((await facegate(settings, ['person', 'list'])).stderr).toContain('FACEGATE_TOKEN');
    const env = { FACEGATE_TOKEN: '0'.repeat(40), FACEGATE_URL: `http://127.0.0.1:${await freePort()}` };
    expect((await facegate({ ...settings, env }, ['person', 'list'])).stderr).toContain('No daemon answers');
  });
});

describe('facegate serve', () => {
  it('refuses a store that another daemon uses, and leaves it alone', async () => {
    const daemon = await startDaemon(settings);
    try {
      const second = await facegate(settings, ['serve']);
      expect(second.code).toBe(78);
      expect(second.stderr).toContain(join(folder, 'state'));
      expect((await fetch(`${daemon.url}/health/ready`)).status).toBe(200);
    } finally {
      expect(await daemon.stop()).toBe(0);
    }
  });

  it('keeps its log free of tokens', async () => {
    const token = await createToken(settings, 'acme');
    const daemon = await startDaemon(settings);
    await fetch(`${daemon.url}/miicloud/person`, { headers: { authorization: `Token ${token}` } });
    await daemon.stop();
    expect(daemon.log()).not.toContain(token);
    expect(await readFile(join(folder, 'facegate.yaml'), 'utf8')).not.toContain(token);
  });
});
