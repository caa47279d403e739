import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/config/paths.ts';
import type { Store } from '../../src/store/store.ts';
import { runCommand } from '../support/command-line.ts';
import { type ImportTarget, openImportTarget } from '../support/import-target.ts';
import { TOKENS } from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const MAIN = join(packageRoot(), 'dist', 'src', 'main.js');

let folder: string;
let photos: string;
let target: ImportTarget;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-import-'));
  photos = join(folder, 'photos');
  await mkdir(photos);
});
afterEach(async () => {
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => runCommand(['person', 'import', ...args], { env: target.env });

/** A photo of its own bytes; broken ones show nobody. */
const photo = (who: number, at: number) => scriptedImage([{ who, box: [0, 0, 100 + at, 100] }]);

async function manyPhotos(persons: number, each: number): Promise<void> {
  for (let who = 0; who < persons; who++) {
    await mkdir(join(photos, `p${who}`));
    for (let at = 0; at < each; at++)
      await writeFile(
        join(photos, `p${who}`, `${at}.jpg`),
        at === each - 1 ? `no image ${who}` : photo(who % 16, at),
      );
  }
}

function templatesPerPerson(store: Store): Record<string, number> {
  const all = [...store.persons.all()];
  return Object.fromEntries(
    all.map(({ id, customerPersonId }) => [customerPersonId, store.templates.of(id).length]),
  );
}

describe('an import of a folder', () => {
  it('enrolls each photo once, however often it is killed and run again', async () => {
    target = await openImportTarget({ delayMs: 15, isBusy: call => call === 50 });
    const [persons, each] = [20, 10];
    await manyPhotos(persons, each);
    const started = () =>
      spawn(process.execPath, [MAIN, 'person', 'import', photos], { env: { ...process.env, ...target.env } });
    for (const enough of [30, 90, 140]) await killAfter(started(), () => target.calls() >= enough);
    await expect(readFile(`${photos}.import-journal`, 'utf8')).resolves.toContain('"done"');

    const last = await run('--json', photos);
    const report = JSON.parse(last.stdout);
    expect(report).toMatchObject({
      persons,
      photos: persons * each,
      refused: persons,
      not_reached: 0,
      end: 'done',
    });
    expect(report.enrolled + report.already).toBe(persons * (each - 1));
    expect(report.failures[0]).toMatchObject({
      file: expect.stringContaining('9.jpg'),
      code: 'unsupported_media',
    });
    expect(last.code).toBe(1);
    const wanted = Object.fromEntries(Array.from({ length: persons }, (_, who) => [`p${who}`, each - 1]));
    expect(templatesPerPerson(target.store)).toEqual(wanted);
  });

  it('knows what is there without its journal, and does not bring back who was deleted with it', async () => {
    target = await openImportTarget();
    await writeFile(join(photos, '1234.jpg'), photo(1, 0));
    await mkdir(join(photos, 'ada'));
    await writeFile(join(photos, 'ada', 'a.png'), photo(2, 0));
    await writeFile(join(photos, 'ada', 'the same again.png'), photo(2, 0));
    await writeFile(join(photos, 'ada', 'notes.txt'), 'no photo');
    const first = await run(photos);
    expect(first.code).toBe(1);
    expect(first.stdout).toMatch(/notes\.txt: It is no photo/);
    expect(first.stdout).toMatch(/^2 photos enrolled, 0 were there already, 0 refused, 1 the same photo/m);
    await rm(join(photos, 'ada', 'notes.txt'));

    const journal = `${photos}.import-journal`;
    expect((await stat(journal)).mode & 0o777).toBe(0o600);
    await rm(journal);
    expect(await run(photos)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^0 .*, 2 were there/),
    });
    expect(templatesPerPerson(target.store)).toEqual({ 1234: 1, ada: 1 });

    const ada = target.store.persons.find('acme', 'ada')!;
    await target.store.apply({ kind: 'delete_person', opId: 'x', at: 1, personId: ada.id });
    expect(await run(photos)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^0 .*, 2 were there/),
    });
    expect(templatesPerPerson(target.store)).toEqual({ 1234: 1 });
  });

  it('stops at Ctrl-C behind what is under way, and goes on with it', async () => {
    target = await openImportTarget({ delayMs: 30 });
    await manyPhotos(4, 6);
    const stop = new AbortController();
    const ended = runCommand(['person', 'import', photos], { env: target.env, stopped: stop.signal });
    while (target.calls() < 6) await new Promise(resolve => setTimeout(resolve, 5));
    stop.abort();
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/, \d+ not reached$/m);
    expect(stderr).toMatch(/The import was stopped; the same command goes on/);
    expect((await run(photos)).stdout).toMatch(/were there already, 4 refused$/m);
    expect(Object.values(templatesPerPerson(target.store))).toEqual([5, 5, 5, 5]);
  });

  it('sends nothing in a dry run, and tells what is missing', async () => {
    target = await openImportTarget();
    await writeFile(
      join(folder, 'list.csv'),
      'customer_person_id,image\n1,there.jpg\n2,not-there.jpg\n,nobody.jpg\n4,\n',
    );
    await writeFile(join(folder, 'there.jpg'), photo(1, 0));
    const { code, stdout } = await run('--dry-run', join(folder, 'list.csv'));
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'line 4: customer_person_id must not be blank.',
      'line 5: No photo is named.',
      expect.stringMatching(/^not-there\.jpg: .*cannot be read/),
      '2 persons with 1 photos would be enrolled; nothing was sent.',
      '',
    ]);
    expect(target.calls()).toBe(0);
    expect(await readdir(folder)).not.toContain('list.csv.import-journal');
  });
});

describe('an import of a list', () => {
  it('takes CSV as spreadsheets of several countries write it, with the profile', async () => {
    target = await openImportTarget();
    await writeFile(join(photos, 'a.jpg'), photo(1, 0));
    await writeFile(join(photos, 'b.jpg'), photo(1, 1));
    const list = join(folder, 'Personal.csv');
    await writeFile(
      list,
      '\uFEFFCustomer_Person_ID;Image;First_Name;Last_Name;Abteilung\r\n0017;photos/a.jpg|photos/b.jpg;Zoë;"O\'Neil; ""Z"""\r\n;\r\n'.replace(
        '\r\n;\r\n',
        ';Lager\r\n',
      ),
    );
    const { code, stdout, stderr } = await run(list);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^2 photos enrolled/) });
    expect(stderr).toContain('Columns without a meaning here: abteilung.');
    expect(target.store.persons.find('acme', '0017')).toMatchObject({
      profile: { firstName: 'Zoë', lastName: 'O\'Neil; "Z"' },
      images: [{ name: expect.stringMatching(/^enroll\/a-[0-9a-f]{32}_/) }, {}],
    });
  });

  it('takes JSON lines, and says which lines are none', async () => {
    target = await openImportTarget();
    await writeFile(join(photos, 'a.jpg'), photo(1, 0));
    const lines = [
      JSON.stringify({ customer_person_id: 17, image: ['photos/a.jpg'], phone: 5551234 }),
      'not json',
      '[1]',
    ];
    await writeFile(join(folder, 'list.ndjson'), lines.join('\n'));
    const { code, stdout } = await run('--json', join(folder, 'list.ndjson'));
    expect(code).toBe(1);
    expect(JSON.parse(stdout).failures).toMatchObject([
      { file: 'line 2', reason: 'It is no JSON object.' },
      { file: 'line 3' },
    ]);
    expect(target.store.persons.find('acme', '17')).toMatchObject({ profile: { phone: '5551234' } });
  });

  it.each([
    ['name,photo\nx,y\n', /one of them customer_person_id; it has name, photo/],
    ['customer_person_id,image\n"open', /CSV file cannot be read: .*[Qq]uote/],
  ])('says what is wrong with the list %j', async (text, reason) => {
    target = await openImportTarget();
    await writeFile(join(folder, 'list.csv'), text);
    expect(await run(join(folder, 'list.csv'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(reason),
    });
  });

  it.each([['nowhere'], ['list.xlsx']])('refuses %s in one sentence', async name => {
    target = await openImportTarget();
    await writeFile(join(folder, 'list.xlsx'), 'PK');
    const { code, stderr } = await run(join(folder, name));
    expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 });
  });
});

describe('the import', () => {
  it('ends at once where nothing could be enrolled, and keeps apart what belongs to another daemon', async () => {
    target = await openImportTarget();
    await writeFile(join(photos, '1.jpg'), photo(1, 0));
    await writeFile(join(photos, '2.jpg'), photo(2, 0));
    const reader = await runCommand(['person', 'import', photos], {
      env: { ...target.env, FACEGATE_TOKEN: TOKENS.reader },
    });
    expect(reader).toMatchObject({ code: 1, stderr: expect.stringContaining('role is reader') });
    expect(await run(photos)).toMatchObject({ code: 0 });
    const elsewhere = await openImportTarget();
    const other = await runCommand(['person', 'import', photos], { env: elsewhere.env });
    await elsewhere.close();
    expect(other).toMatchObject({ code: 1, stderr: expect.stringMatching(/belongs to an import to http/) });
    expect(await run('--journal', join(photos, '1.jpg'), photos)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is no journal of an import'),
    });
  });
});

async function killAfter(child: ChildProcess, isEnough: () => boolean): Promise<void> {
  const closed = once(child, 'close');
  while (!isEnough() && child.exitCode === null) await new Promise(resolve => setTimeout(resolve, 2));
  child.kill('SIGKILL');
  expect(await closed).toEqual([null, 'SIGKILL']);
}
