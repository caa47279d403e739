import { scryptSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExportOpener, createExportSealer } from '../../src/api/export-seal.ts';
import { runCommand } from '../support/command-line.ts';
import { type ImportTarget, openImportTarget } from '../support/import-target.ts';
import { TOKENS } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const KEY = '5a'.repeat(32);

let folder: string;
let target: ImportTarget;
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-export-'));
  target = await openImportTarget();
  for (const id of ['ada', 'bob'])
    await writeFile(at(`${id}.jpg`), scriptedImage([{ who: 1, box: [0, 0, 100, 100] }]));
  for (const id of ['ada', 'bob'])
    await runCommand(['person', 'enroll', '--id', id, at(`${id}.jpg`)], { env: target.env });
  await writeFile(at('key'), `${KEY}\n`);
  await writeFile(at('passphrase'), 'correct horse battery\n');
});
afterEach(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: string[], env: Record<string, string> = {}) =>
  runCommand(['person', 'export', ...args], { env: { ...target.env, FACEGATE_TOKEN: TOKENS.admin, ...env } });

describe('facegate person export', () => {
  it('prints profiles, or writes them into a new file for its owner alone', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '2 persons exported.\n' });
    const ids = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).customer_person_id);
    expect(ids).toEqual(['ada', 'bob']);
    expect(await run([at('all.ndjson')])).toMatchObject({ code: 0, stdout: '' });
    expect(await readFile(at('all.ndjson'), 'utf8')).toBe(stdout);
    expect((await stat(at('all.ndjson'))).mode & 0o777).toBe(0o600);
    expect(await run([at('all.ndjson')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already'),
    });
  });

  it('is for admins', async () => {
    const { code, stderr } = await run([], { FACEGATE_TOKEN: TOKENS.operator });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('this call needs admin'),
    });
  });

  it.each([
    [['--templates']],
    [['--key-file', 'KEY']],
    [['--templates', '--key-file', 'KEY', '--passphrase-file', 'PASS']],
  ])('lets no template out in clear: %j', async args => {
    const files: Record<string, string> = { KEY: at('key'), PASS: at('passphrase') };
    const { code, stdout, stderr } = await run(args.map(arg => files[arg] ?? arg));
    expect({ code, stdout, stderr }).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('only sealed'),
    });
  });

  it('seals templates with a key', async () => {
    expect(await run(['--templates', '--key-file', at('key'), at('sealed')])).toMatchObject({
      code: 0,
      stderr: '2 persons exported, sealed.\n',
    });
    const [head, ...lines] = (await readFile(at('sealed'), 'utf8')).trim().split('\n');
    const opener = createExportOpener(Buffer.from(KEY, 'hex'), JSON.parse(head));
    expect(lines.map(line => opener.open(line))).toMatchObject([
      { customer_person_id: 'ada', templates: [{ vector: expect.any(String) }] },
      { customer_person_id: 'bob' },
      { end: true },
    ]);
  });

  it('seals templates with a passphrase, and says how the key is made of it', async () => {
    await run(['--templates', '--passphrase-file', at('passphrase'), at('sealed')]);
    const [head, line] = (await readFile(at('sealed'), 'utf8')).split('\n');
    const { kdf, ...header } = JSON.parse(head);
    const options = { N: kdf.n, r: kdf.r, p: kdf.p, maxmem: 2 ** 28 };
    const key = scryptSync('correct horse battery', Buffer.from(kdf.salt, 'hex'), 32, options);
    expect(createExportOpener(key, header).open(line)).toMatchObject({ customer_person_id: 'ada' });
  });

  it.each([
    ['--key-file', 'no key', /64 hex digits/],
    ['--passphrase-file', 'too short', /12 characters or more/],
  ])('says what is wrong with %s', async (option, text, reason) => {
    await writeFile(at('bad'), text);
    expect(await run(['--templates', option, at('bad')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(reason),
    });
    expect(await run(['--templates', option, at('none')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be read'),
    });
  });

  it.each(['connection', 'end'])('keeps nothing of an export that lacks its %s', async lacking => {
    const sealer = createExportSealer(Buffer.from(KEY, 'hex'));
    const server = createServer((_request, response) => {
      response.write(`${JSON.stringify(sealer.header)}\n${sealer.seal({ customer_person_id: 'ada' })}\n`);
      if (lacking === 'end') response.end();
      else setTimeout(() => response.destroy(), 50);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const env = { FACEGATE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const { code, stderr } = await run(['--templates', '--key-file', at('key'), at('sealed')], env);
    server.close();
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('was cut off') });
    expect([existsSync(at('sealed')), existsSync(at('sealed.unfinished'))]).toEqual([false, false]);
  });
});
