import { execFileSync } from 'node:child_process';
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealJson } from '../../src/store/records/record.ts';
import { SCHEMA_VERSION } from '../../src/store/tables/schema.ts';
import { deleteChange, newPersonChange } from '../support/people.ts';
import { eventOf } from '../support/stored-events.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const built = new URL('../../dist/src/store/store.js', import.meta.url).href;

describe('the store', () => {
  let dir: string;
  beforeEach(() => {
    dir = temporaryFolder();
  });
  afterEach(() => removeFolder(dir));

  it('holds after a restart what it held before, and goes on counting', async () => {
    const [ada, bob] = [newPersonChange('ada'), newPersonChange('bob')];
    let store = await openStoreIn(dir);
    await store.apply(ada);
    await store.apply(bob);
    await store.apply(deleteChange(bob.person.id));
    await store.outbox.append(seq => eventOf(seq, ada.person));
    await store.outbox.remove([1]);
    await store.close();

    store = await openStoreIn(dir);
    expect([...store.persons.all()]).toEqual([ada.person]);
    expect([...store.templates.all()]).toEqual(ada.templates);
    expect(await store.apply(bob)).toEqual({ seq: 2 });
    await expect(store.apply({ ...bob, opId: 'again' })).rejects.toMatchObject({ code: 'person_not_found' });
    expect((await store.apply(newPersonChange('eve'))).seq).toBe(4);
    expect(await store.outbox.append(seq => eventOf(seq))).toMatchObject({ seq: 2 });
    await store.close();
  });

  it('is for its owner alone', async () => {
    const store = await openStoreIn(dir);
    const modes = [dir, join(dir, 'data.mdb'), join(dir, 'lock.mdb')].map(
      path => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    await store.close();
  });

  it('refuses what a newer version wrote', async () => {
    await (await openStoreIn(dir)).close();
    const env = open({ path: dir, noSubdir: false });
    const meta = env.openDB('meta', { encoding: 'binary', keyEncoding: 'binary' });
    await meta.put(Buffer.from('schema'), sealJson(SCHEMA_VERSION + 1));
    await env.close();
    await expect(openStoreIn(dir)).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringMatching(/newer facegate.*schema 4/),
    });
  });

  it('refuses a folder that cannot be one', async () => {
    await expect(openStoreIn('/dev/null/store')).rejects.toMatchObject({ name: 'StartupError' });
  });

  it('takes nothing more but still deletes when the disk is nearly full', async () => {
    const gibibyte = 1024 ** 3;
    let free = 10 * gibibyte;
    const store = await openStoreIn(dir, () => ({ free, total: 100 * gibibyte }));
    const ada = newPersonChange('ada');
    await store.apply(ada);
    await store.outbox.append(seq => eventOf(seq));

    free = 2 * gibibyte + 64 * 1024 ** 2 - 1;
    const full = { code: 'storage_full', message: expect.stringContaining('free') };
    await expect(store.apply(newPersonChange('bob'))).rejects.toMatchObject(full);
    await expect(store.outbox.append(seq => eventOf(seq))).rejects.toMatchObject(full);
    await store.outbox.remove([1]);
    await store.apply(deleteChange(ada.person.id));
    expect([...store.persons.all()]).toEqual([]);

    free += 1;
    await store.apply(newPersonChange('bob'));
    expect(store.persons.find('default', 'bob')).toBeDefined();
    await store.close();
  });

  it('is not begun on a disk that is nearly full', async () => {
    await expect(openStoreIn(dir, () => ({ free: 1, total: 2 }))).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringMatching(/MiB are kept in reserve/),
    });
  });

  it('sees a token that another process has added', async () => {
    const store = await openStoreIn(dir);
    const hash = 'ab'.repeat(32);
    expect(store.tokens.find(hash)).toBeUndefined();
    const program = `
      const { openStore } = await import(${JSON.stringify(built)});
      const store = await openStore({ dir: ${JSON.stringify(dir)}, log: console, onFatal: console.error, access: 'beside' });
      await store.tokens.add({ hash: '${hash}', customerId: 'c', role: 'reader', name: 'cli', createdAt: 1 });
      await store.close();`;
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 120_000 });
    // Not one turn of the event loop lies between the commit over there and this look.
    expect(store.tokens.find(hash)?.name).toBe('cli');
    await store.apply(newPersonChange('ada'));
    await store.close();
  });

  it('finishes what has begun when it is closed, and takes nothing later', async () => {
    const store = await openStoreIn(dir);
    const begun = Promise.all(['a', 'b', 'c'].map(id => store.apply(newPersonChange(id))));
    await store.close();
    expect((await begun).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await expect(store.apply(newPersonChange('d'))).rejects.toMatchObject({ code: 'not_ready' });
    const again = await openStoreIn(dir);
    expect(again.persons.count('default')).toBe(3);
    await again.close();
  });

  it('copies itself while it is written to', async () => {
    const store = await openStoreIn(dir);
    const target = join(dir, 'backup');
    const changes = Array.from({ length: 60 }, (_, i) => newPersonChange(`p${i}`, [i]));
    for (const change of changes.slice(0, 20)) await store.apply(change);
    const writing = Promise.all(changes.slice(20).map(change => store.apply(change)));
    await store.backup(target);
    await writing;
    await store.close();

    await expect(openStoreIn(target)).rejects.toThrow(/store\.key is missing/);
    copyFileSync(join(dir, 'store.key'), join(target, 'store.key'));
    const copy = await openStoreIn(target);
    const persons = [...copy.persons.all()];
    expect(persons.length).toBeGreaterThanOrEqual(20);
    expect([...copy.templates.all()]).toHaveLength(persons.length);
    expect(statSync(join(target, 'data.mdb')).mode & 0o777).toBe(0o600);
    await copy.close();
  });

  it('tells a damaged record from a good one', async () => {
    const store = await openStoreIn(dir);
    const ada = newPersonChange('ada');
    await store.apply(ada);
    await store.close();
    const env = open({ path: dir, noSubdir: false });
    const table = env.openDB<Buffer, Buffer>('persons', { encoding: 'binary', keyEncoding: 'binary' });
    const [{ key, value }] = [...table.getRange()] as [{ key: Buffer; value: Buffer }];
    const damaged = Buffer.from(value);
    damaged[damaged.length - 9]! ^= 1;
    await table.put(Buffer.from(key), damaged);
    await env.close();

    const damagedStore = await openStoreIn(dir);
    expect(() => damagedStore.persons.get(ada.person.id)).toThrow(/damaged record \(persons\)/);
    expect(() => [...damagedStore.templates.all()]).toThrow(/damaged record \(persons\)/);
    await damagedStore.close();
  });
});
