import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../../support/people.ts';
import { toSchema2 } from '../../support/schema-2.ts';
import { contentsOf, fillStore, type Known, written } from '../../support/store-contents.ts';
import { bytesBelow, flipped, tamper } from '../../support/store-files.ts';
import { openStoreIn, ROOMY, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const built = new URL('../../../dist/src/store/store.js', import.meta.url).href;
/** Of three transactions, but for the four whom `fillStore` deletes. */
const PERSONS = 600;
const enrolled = PERSONS - 4;

describe('a store of schema 2', () => {
  let made: string;
  let dir: string;
  let known: Known;
  let before: unknown;

  const readIn = async (folder: string) => {
    const store = await openStoreIn(folder);
    const contents = await contentsOf(store, known);
    await store.close();
    return contents;
  };
  const rowsOf = async (table: string) => {
    let count = 0;
    await tamper(dir, table, async rows => {
      count = rows.length;
    });
    return count;
  };
  const refusal = () =>
    openStoreIn(dir).then(
      () => 'nothing',
      (error: Error) => error.message,
    );

  beforeAll(async () => {
    made = temporaryFolder();
    const store = await openStoreIn(made);
    known = await fillStore(store, PERSONS);
    before = await contentsOf(store, known);
    await store.close();
    await toSchema2(made);
  });
  afterAll(() => removeFolder(made));
  beforeEach(() => {
    dir = temporaryFolder();
    cpSync(made, dir, { recursive: true });
  });
  afterEach(() => removeFolder(dir));

  it('is brought over with all that is in it, once', async () => {
    expect(await rowsOf('templates')).toBe(2 * enrolled);
    expect(await readIn(dir)).toEqual(before);
    expect(await rowsOf('templates')).toBe(0);
    const store = await openStoreIn(dir);
    const everyone = new Map<string, number>();
    await store.everyone(({ id }, templates) => void everyone.set(id, templates.length));
    expect([...everyone.values()]).toEqual(Array.from({ length: everyone.size }, () => 2));
    expect(everyone.size).toBe(enrolled);
    const { change } = await written(store, known);
    expect(change).toBe(JSON.stringify({ seq: known.next.change }));
    await store.close();
  });

  it('goes on where it was when the disk was full, and was not begun where that is so', async () => {
    let room = 2;
    const space = () => (room-- > 0 ? ROOMY : { free: 1, total: 1e12 });
    await expect(openStoreIn(dir, space)).rejects.toThrow(/kept in reserve/);
    const left = await rowsOf('templates');
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(2 * enrolled);
    room = 0;
    await expect(openStoreIn(dir, space)).rejects.toThrow(/kept in reserve/);
    expect(await rowsOf('templates')).toBe(left);
    expect(await readIn(dir)).toEqual(before);
  });

  it.each([1, 2, 3])('loses nothing when the process is killed after commit %i', async commit => {
    const program = `
      const { openStore } = await import(${JSON.stringify(built)});
      let commits = 0;
      const onCommit = () => void (++commits === ${commit} && process.kill(process.pid, 'SIGKILL'));
      await openStore({ dir: ${JSON.stringify(dir)}, log: console, onFatal: console.error, onCommit });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(await rowsOf('templates')).toBe(2 * Math.max(0, enrolled - commit * 200));
    expect(await readIn(dir)).toEqual(before);
  });

  it.each<[string, string, (rows: Rows, table: Raw) => Promise<void>, RegExp]>([
    [
      'persons are damaged',
      'persons',
      async (rows, table) => {
        for (const { key, value } of rows.slice(-2)) await table.put(key, flipped(value));
      },
      /^2 of 596 records of persons .*damaged record \(persons\)/,
    ],
    [
      'templates are damaged',
      'templates',
      async (rows, table) => {
        for (const { key, value } of rows.slice(-2)) await table.put(key, flipped(value));
      },
      /^1 of 596 records of persons .*damaged record \(templates\)/,
    ],
    [
      'a template stands in the place of another',
      'templates',
      async ([first, second], table) => table.put(first!.key, second!.value),
      /^1 of 596 records of persons .*in the place of another \(templates\)/,
    ],
    [
      'a template is missing',
      'templates',
      ([first], table) => table.remove(first!.key),
      /^1 of 596 records of persons .*has not the templates of their images/,
    ],
    [
      'templates have lost their person',
      'persons',
      async ([first], table) => table.remove(first!.key),
      /belongs to nobody|in the place of another/,
    ],
    [
      'an image has lost its template',
      'images',
      async ([first], table) => {
        await table.remove(first!.key);
        const strange = Buffer.from(first!.key);
        strange[strange.length - 1] ^= 1;
        await table.put(strange, first!.value);
      },
      /^1 of 596 records of persons .*image belongs to no template/,
    ],
  ])('is refused where %s, and not changed', async (_, table, change, reason) => {
    await tamper(dir, table, change);
    const bytes = readFileSync(join(dir, 'data.mdb'));
    expect(await refusal()).toMatch(reason);
    expect(readFileSync(join(dir, 'data.mdb')).equals(bytes)).toBe(true);
  });

  it('shows nothing of a person, and nothing can be read of one who is deleted then', async () => {
    const ada = newPersonChange('ada@customer.example', [1, 2]);
    const old = await openStoreIn(dir);
    await old.apply(ada);
    await old.close();
    await toSchema2(dir);
    const unmigrated = readFileSync(join(dir, 'data.mdb'));
    const store: Store = await openStoreIn(dir);
    expect(store.templates.of(ada.person.id)).toEqual(ada.templates);
    await store.apply(deleteChange(ada.person.id));
    await store.close();
    const disk = bytesBelow(dir) + unmigrated.toString('latin1');
    const vectors = ada.templates.flatMap(({ embedding: { vector } }) =>
      Array.from({ length: 32 }, (_, part) => Buffer.from(vector.buffer, part * 64, 16).toString('latin1')),
    );
    for (const text of [ada.person.id, 'ada@customer', ...vectors]) expect(disk).not.toContain(text);
  });
});

type Rows = Parameters<Parameters<typeof tamper>[2]>[0];
type Raw = Parameters<Parameters<typeof tamper>[2]>[1];
