import { afterEach, describe, expect, it } from 'vitest';
import type { UnstampedEvent } from '../../src/domain/event.ts';
import type { OutboxTable } from '../../src/events/outbox.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import {
  openStoreIn,
  openTemporaryStore,
  removeFolder,
  temporaryFolder,
} from '../support/temporary-store.ts';
import { recordingLogger, testOutbox, unstamped } from './publishing.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const tables: Record<string, () => Promise<OutboxTable>> = {
  memory: async () => createMemoryStore().outbox,
  LMDB: async () => {
    const store = await openTemporaryStore();
    closers.push(store.close);
    return store.outbox;
  },
};

describe.each(Object.keys(tables))('an outbox in %s', kind => {
  const open = async (options: Omit<Parameters<typeof testOutbox>[0], 'table'> = {}) =>
    testOutbox({ table: await tables[kind](), ...options });

  it('stamps events with the version, an id, the next number and the node', async () => {
    const outbox = await open();
    const event = await outbox.add(unstamped(7));
    expect(event).toMatchObject({
      schema: 1,
      seq: 1,
      node: 'lobby',
      type: 'unknown_seen',
      track_id: 'front-7',
    });
    expect(event?.event_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(outbox.read(0, 10)).toEqual([event]);
  });

  it('gives ids and numbers that grow together, also to events that are added at once', async () => {
    const outbox = await open();
    await Promise.all(Array.from({ length: 30 }, (_, track) => outbox.add(unstamped(track))));
    const rows = outbox.read(0, 100);
    expect(rows.map(row => row.seq)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
    const ids = rows.map(row => row.event_id);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('tells its listeners of an event that is already stored, until they leave', async () => {
    const outbox = await open();
    const heard: number[] = [];
    const leave = outbox.subscribe(event => {
      expect(outbox.read(event.seq - 1, 1)).toEqual([event]);
      heard.push(event.seq);
    });
    await outbox.add(unstamped(1));
    leave();
    await outbox.add(unstamped(2));
    expect(heard).toEqual([1]);
  });

  it('still adds the event when a listener fails, and says so', async () => {
    const { log, entries } = recordingLogger();
    const outbox = await open({ log });
    outbox.subscribe(() => {
      throw new Error('listener broke');
    });
    expect(await outbox.add(unstamped(1))).toMatchObject({ seq: 1 });
    expect(entries).toMatchObject([{ level: 'error', seq: 1, err: { message: 'listener broke' } }]);
  });

  it('adds nothing and tells nobody of an event about a person who is not enrolled', async () => {
    const outbox = await open();
    const heard: number[] = [];
    outbox.subscribe(event => heard.push(event.seq));
    const person = { miicloud_person_id: 'b5c1d7f0-0000-4000-8000-000000000000', customer_person_id: 'gone' };
    const event = { ...unstamped(1), type: 'person_seen', margin: 0.2, person } as UnstampedEvent;
    expect(await outbox.add(event)).toBeUndefined();
    expect([outbox.count(), heard]).toEqual([0, []]);
  });

  it('never keeps more than its limit and drops the oldest, with few log lines', async () => {
    const { log, entries } = recordingLogger();
    const outbox = await open({ maxRows: 200, log });
    for (let track = 0; track < 240; track++) {
      await outbox.add(unstamped(track));
      expect(outbox.count()).toBeLessThanOrEqual(200);
    }
    const seqs = outbox.read(0, 1000).map(row => row.seq);
    expect(seqs.at(-1)).toBe(240);
    expect(seqs[0]).toBe(240 - seqs.length + 1);
    expect(seqs.length).toBeGreaterThanOrEqual(198);
    expect(outbox.dropped()).toEqual({
      total: 240 - seqs.length,
      by_type: { unknown_seen: 240 - seqs.length },
      newest_seq: 240 - seqs.length,
    });
    expect(entries).toMatchObject([{ level: 'warn', maxRows: 200, removed: { unknown_seen: 3 } }]);
  });

  it('keeps events about attacks and tampering while there are others to drop', async () => {
    const told: unknown[] = [];
    const outbox = await open({ maxRows: 100, onDropped: (report: unknown) => told.push(report) });
    for (let at = 0; at < 60; at++) await outbox.add(tampered());
    for (let track = 0; track < 200; track++) await outbox.add(unstamped(track));
    const types = outbox.read(0, 1000).map(({ type }) => type);
    expect(types.filter(type => type === 'camera_tamper')).toHaveLength(60);
    for (let at = 0; at < 60; at++) await outbox.add(tampered());
    const left = outbox.read(0, 1000);
    expect(new Set(left.map(({ type }) => type))).toEqual(new Set(['camera_tamper']));
    expect(left.length).toBeLessThanOrEqual(100);
    expect(left.at(-1)?.seq).toBe(320);
    expect(outbox.dropped().by_type).toEqual({ unknown_seen: 200, camera_tamper: 120 - left.length });
    expect(told.at(-1)).toEqual(outbox.dropped());
  });

  it('drops what is too old, and says so once', async () => {
    const { log, entries } = recordingLogger();
    let now = Date.parse(unstamped(1).decided_at);
    const outbox = await open({ log, now: () => now });
    await outbox.add(unstamped(1));
    await outbox.add(tampered());
    now += 23 * 3_600_000;
    await outbox.dropOld();
    expect(outbox.count()).toBe(2);
    now += 2 * 3_600_000;
    await outbox.dropOld();
    await outbox.dropOld();
    expect(outbox.dropped().by_type).toEqual({ unknown_seen: 1, camera_tamper: 1 });
    expect(entries).toHaveLength(1);
  });
});

describe('an outbox on disk', () => {
  it('never takes more pages than its limit, and remembers what it dropped', async () => {
    const dir = temporaryFolder();
    const store = await openStoreIn(dir);
    const maxBytes = 200_000;
    const outbox = testOutbox({ table: store.outbox, maxBytes });
    for (let at = 0; at < 20; at++) await outbox.add(tampered());
    for (let track = 0; track < 400; track++) {
      await outbox.add(unstamped(track));
      expect(store.outbox.size().bytes).toBeLessThanOrEqual(maxBytes);
    }
    const dropped = outbox.dropped();
    expect(dropped.by_type).toEqual({ unknown_seen: 420 - outbox.count() });
    // Rows of 750 bytes, of which some share a page with one that is kept.
    expect(outbox.count()).toBeGreaterThan(maxBytes / 1500);
    await store.close();

    const again = await openStoreIn(dir);
    expect(testOutbox({ table: again.outbox }).dropped()).toEqual(dropped);
    await again.close();
    removeFolder(dir);
  });
});

function tampered(): UnstampedEvent {
  const { camera, customer, captured_at, decided_at } = unstamped(0);
  return { type: 'camera_tamper', kind: 'frozen', camera, customer, captured_at, decided_at };
}
