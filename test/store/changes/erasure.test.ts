import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../../support/people.ts';
import { bytesBelow } from '../../support/store-files.ts';
import { eventOf } from '../../support/stored-events.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const ada = newPersonChange('ada@customer.example', [1, 2]);
const bob = newPersonChange('bob', [3]);
const jpeg = randomBytes(20_000);
const LOAD_WORKER = new URL('../../../dist/src/store/load/load-worker.js', import.meta.url);

describe('a person who was deleted', () => {
  let dir: string;
  let store: Store;
  beforeEach(async () => {
    dir = temporaryFolder();
    store = await openStoreIn(dir);
    await store.apply(ada);
    await store.apply(bob);
    await store.outbox.append(seq => eventOf(seq, ada.person));
    await store.outbox.append(seq => eventOf(seq));
    for (const seq of [1, 2]) await store.snapshots.put(seq, jpeg);
  });
  afterEach(async () => {
    await store.close();
    removeFolder(dir);
  });

  /** The numbers of the events that can be opened, and why others cannot. */
  const historySeqs = () => {
    const told: string[] = [];
    const { events } = store.history.page({ after: 0, limit: 10 }, (_seq, { message }) => told.push(message));
    return [events.map(({ seq }) => seq), told];
  };

  const names = [ada.person.id, 'ada@customer', ...ada.templates.map(({ id }) => id)];
  const vectors = ada.templates.flatMap(({ embedding: { vector } }) =>
    Array.from({ length: 32 }, (_, part) => Buffer.from(vector.buffer, part * 64, 16).toString('latin1')),
  );

  const pixels = Array.from({ length: 1250 }, (_, part) =>
    jpeg.toString('latin1', part * 16, part * 16 + 16),
  );

  it('is nowhere in the store, its freed pages, a backup or the outbox', async () => {
    await store.backup(join(dir, 'before'));
    await store.apply(deleteChange(ada.person.id));
    await store.backup(join(dir, 'after'));
    await store.close();
    const disk = bytesBelow(dir);
    for (const text of [...names, ...vectors, ...pixels]) expect(disk).not.toContain(text);
    store = await openStoreIn(dir);
    expect([store.history.count(), store.snapshots.count()]).toEqual([1, 1]);
    expect(store.snapshots.get(1)).toBeUndefined();
    expect(store.history.page({ after: 0, limit: 10 }).events.map(({ seq }) => seq)).toEqual([2]);
  });

  it('cannot be read out of old pages either, with the key of the store', async () => {
    await store.backup(join(dir, 'before'));
    await store.apply(deleteChange(ada.person.id));
    await store.close();
    const now = readFileSync(join(dir, 'data.mdb'));
    // The pages of before the deletion, all of them and in order: more than any disk keeps.
    copyFileSync(join(dir, 'before', 'data.mdb'), join(dir, 'data.mdb'));
    store = await openStoreIn(dir);
    expect(() => store.persons.get(ada.person.id)).toThrow(/key of a person is missing/);
    expect(() => [...store.templates.all()]).toThrow(/1 of 2 records of persons cannot be read/);
    expect(store.history.count()).toBe(2);
    expect(historySeqs()).toEqual([[2], ['The key of a person is missing or damaged; restore a backup.']]);
    expect(() => store.snapshots.get(1)).toThrow(/key of a person is missing/);
    expect(store.persons.get(bob.person.id)).toEqual(bob.person);
    await store.close();
    // And with the keys of before they can: what was tried above is not unreadable for another reason.
    copyFileSync(join(dir, 'before', 'persons.keys'), join(dir, 'persons.keys'));
    store = await openStoreIn(dir);
    expect(store.persons.get(ada.person.id)).toEqual(ada.person);
    expect(historySeqs()).toEqual([[1, 2], []]);
    expect(jpeg.equals(store.snapshots.get(1) ?? Buffer.alloc(0))).toBe(true);
    await store.close();
    writeFileSync(join(dir, 'data.mdb'), now);
    store = await openStoreIn(dir);
  });

  const large = { load: { threadsFrom: 0, workerFile: LOAD_WORKER } };
  it.each([
    ['start', {}, async () => undefined],
    ['load of a large gallery', large, (opened: Store) => opened.everyone(() => undefined)],
    ['change of a large gallery', large, (opened: Store) => opened.apply(newPersonChange('eve', [4]))],
  ])(
    'has no key any more after the next %s, where a crash came before it was overwritten',
    async (_, more, act) => {
      const keys = readFileSync(join(dir, 'persons.keys'));
      await store.apply(deleteChange(ada.person.id));
      await store.close();
      writeFileSync(join(dir, 'persons.keys'), keys);
      store = await openStoreIn(dir, undefined, more);
      await act(store);
      await store.close();
      const swept = readFileSync(join(dir, 'persons.keys'));
      const slots = Array.from({ length: (keys.length - 128) / 64 }, (_, slot) => 128 + slot * 64);
      const left = slots.filter(at => swept.subarray(at, at + 64).equals(keys.subarray(at, at + 64)));
      // Bob's key alone: all others are new or zeros.
      expect(left.filter(at => keys.subarray(at, at + 64).some(byte => byte !== 0))).toHaveLength(1);
      store = await openStoreIn(dir);
      expect(store.persons.get(bob.person.id)).toEqual(bob.person);
    },
  );

  it('is not in a backup that was under way, which opens with the key alone in another place', async () => {
    const changes = Array.from({ length: 200 }, (_, i) => newPersonChange(`p${i}`, [i]));
    for (const { person, ...change } of changes) {
      await store.apply({ person, ...change });
      const event = await store.outbox.append(seq => eventOf(seq, person));
      await store.snapshots.put(event!.seq, jpeg);
    }
    const target = temporaryFolder();
    const backup = store.backup(target);
    await Promise.all(changes.slice(0, 100).map(({ person }) => store.apply(deleteChange(person.id))));
    await backup;
    copyFileSync(join(dir, 'store.key'), join(target, 'store.key'));
    const copy = await openStoreIn(target);
    const persons = [...copy.persons.all()].map(({ id }) => id);
    expect(persons).toEqual(expect.arrayContaining(changes.slice(100).map(({ person }) => person.id)));
    expect([...copy.templates.all()].map(({ personId }) => personId).sort()).toEqual(
      expect.arrayContaining([...persons].sort()),
    );
    const { events } = copy.history.page({ after: 2, limit: 1000 });
    expect(events).toHaveLength(persons.length - 2);
    expect(copy.snapshots.count()).toBe(events.length + 2);
    for (const { seq } of events) expect(copy.snapshots.get(seq)).toBeDefined();
    expect((await copy.audit.verify()).intact).toBe(true);
    await copy.close();
    removeFolder(target);
  });

  it('lets a later person have the place of the key, and nothing of what it opened', async () => {
    cpSync(join(dir, 'data.mdb'), join(dir, 'old.mdb'));
    await store.apply(deleteChange(ada.person.id));
    for (let i = 0; i < 600; i++) await store.apply(newPersonChange(`p${i}`, [i]));
    expect([...store.persons.all()]).toHaveLength(601);
    await store.close();
    copyFileSync(join(dir, 'old.mdb'), join(dir, 'data.mdb'));
    store = await openStoreIn(dir);
    expect(() => store.persons.get(ada.person.id)).toThrow(
      /tampered with, or sealed with another key|missing/,
    );
  });
});
