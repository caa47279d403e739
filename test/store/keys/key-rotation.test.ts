import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/platform/logger.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../../support/people.ts';
import { bytesBelow } from '../../support/store-files.ts';
import { openStoreIn, ROOMY, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

describe('the master key', () => {
  let dir: string;
  let store: Store;
  beforeEach(async () => {
    dir = temporaryFolder();
    store = await openStoreIn(dir);
  });
  afterEach(async () => {
    await store.close();
    removeFolder(dir);
  });

  const file = (name: string) => join(dir, name);
  const openWith = (key: { credential: string; previousCredential?: string }) =>
    openStore({
      dir,
      log: silentLogger,
      onFatal: error => {
        throw error;
      },
      space: () => ROOMY,
      key: { file: file('store.key'), ...key },
    });

  it('changes while persons come and go, and what was written before opens with the new one alone', async () => {
    const stay = Array.from({ length: 300 }, (_, i) => newPersonChange(`stay-${i}`, [i]));
    for (const change of stay) await store.apply(change);
    const old = readFileSync(file('store.key'), 'utf8');
    const rotation = store.rotateKey('token:0123');
    const coming = Array.from({ length: 300 }, (_, i) => newPersonChange(`come-${i}`, [i]));
    await Promise.all([
      ...coming.map(change => store.apply(change)),
      ...stay.slice(0, 100).map(({ person }) => store.apply(deleteChange(person.id))),
    ]);
    const { keyId } = await rotation;
    expect(store.receipts.issue({ customerId: 'c', customerPersonId: 'x' }, 5)).toMatch(/^v1\./);
    await store.close();
    expect(readFileSync(file('store.key'), 'utf8')).not.toBe(old);
    expect(bytesBelow(dir)).not.toContain(old.trim());
    expect([existsSync(file('store.key.next')), existsSync(file('persons.keys.next'))]).toEqual([
      false,
      false,
    ]);

    store = await openStoreIn(dir);
    const expected = [...stay.slice(100), ...coming].map(({ person }) => person.id).sort();
    expect([...store.persons.all()].map(({ id }) => id).sort()).toEqual(expected);
    expect([...store.templates.all()]).toHaveLength(500);
    const { entries } = store.audit.page({ customerId: 'default', after: 0, limit: 1000 });
    expect(entries.find(({ act }) => act === 'key.rotate')).toMatchObject({
      by: 'token:0123',
      details: { key: keyId },
    });
    await store.close();
    const kept = readFileSync(file('store.key'));
    writeFileSync(file('store.key'), old);
    await expect(openStoreIn(dir)).rejects.toThrow(/sealed with the key/);
    writeFileSync(file('store.key'), kept);
    store = await openStoreIn(dir);
  });

  it('is one key at a time: a second rotation meanwhile is refused', async () => {
    const first = store.rotateKey('test');
    await expect(store.rotateKey('test')).rejects.toMatchObject({ code: 'overloaded' });
    await first;
    await store.rotateKey('test');
  });

  it('keeps receipts and the audit log valid when it changes', async () => {
    const erased = { customerId: 'c', customerPersonId: 'ada' };
    const receipt = store.receipts.issue(erased, 1000);
    await store.rotateKey('test');
    await store.close();
    store = await openStoreIn(dir);
    expect(store.receipts.verify(receipt, erased)).toEqual({ isGenuine: true, erasedAt: 1000 });
    expect(await store.audit.verify()).toMatchObject({ intact: true });
  });

  it.each([
    ['before the keys were sealed anew', ['store.key.next']],
    ['after they were, before the old key was destroyed', ['store.key.next', 'persons.keys']],
    ['while the old key was overwritten', ['store.key.next', 'persons.keys', 'zeros']],
  ])('opens where the process ended %s', async (_, came) => {
    const ada = newPersonChange('ada');
    await store.apply(ada);
    await store.close();
    const kept = temporaryFolder();
    for (const name of ['store.key', 'persons.keys']) copyFileSync(file(name), join(kept, name));
    store = await openStoreIn(dir);
    await store.rotateKey('test');
    await store.close();
    copyFileSync(file('store.key'), file('store.key.next'));
    copyFileSync(join(kept, 'store.key'), file('store.key'));
    if (!came.includes('persons.keys')) copyFileSync(join(kept, 'persons.keys'), file('persons.keys'));
    if (came.includes('zeros')) writeFileSync(file('store.key'), Buffer.alloc(65));
    writeFileSync(file('persons.keys.next'), 'unfinished');
    store = await openStoreIn(dir);
    expect(store.persons.get(ada.person.id)).toEqual(ada.person);
    expect([existsSync(file('store.key.next')), existsSync(file('persons.keys.next'))]).toEqual([
      false,
      false,
    ]);
    await store.close();
    store = await openStoreIn(dir);
    removeFolder(kept);
  });

  it('comes from a credential where there is one, which is changed with the old one beside it', async () => {
    await store.close();
    removeFolder(dir);
    const [first, second] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const ada = newPersonChange('ada');
    store = await openWith({ credential: first });
    await store.apply(ada);
    expect(existsSync(file('store.key'))).toBe(false);
    await expect(store.rotateKey('test')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('FACEGATE_STORE_KEY_OLD'),
    });
    await store.close();
    await expect(openWith({ credential: second })).rejects.toThrow(/put the right key back/);
    for (const key of [{ credential: second, previousCredential: first }, { credential: second }]) {
      store = await openWith(key);
      expect(store.persons.get(ada.person.id)).toEqual(ada.person);
      await store.close();
    }
    await expect(openWith({ credential: first })).rejects.toThrow(/put the right key back/);
    store = await openWith({ credential: second });
  });

  it('is not changed by a process beside the owner, which changes no person either', async () => {
    const beside = await openStore({
      dir,
      log: silentLogger,
      onFatal: () => undefined,
      access: 'beside',
    });
    expect(() => beside.apply(newPersonChange('eve'))).toThrow(/Only the owner/);
    await expect(beside.rotateKey('test')).rejects.toThrow(/Only the owner/);
    await store.apply(newPersonChange('ada'));
    expect(beside.persons.find('default', 'ada')).toBeDefined();
    await beside.close();
  });
});
