import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { createRetention, type RetentionPolicy } from '../../src/gallery/retention.ts';
import { type Logger, silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from '../support/people.ts';
import { eventOf } from '../support/stored-events.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 24);

describe('retention', () => {
  let store: Store;
  let gallery: Gallery;
  let now = START;
  let reasonToKeep: string | undefined;
  const logged: string[] = [];
  const log = {
    ...silentLogger,
    info: (_: object, message: string) => void logged.push(message),
    error: (_: object, message: string) => void logged.push(message),
  } as Logger;

  beforeEach(async () => {
    now = START;
    reasonToKeep = undefined;
    logged.length = 0;
    store = await openTemporaryStore();
    gallery = await openGallery({
      store,
      embedderId: MODEL,
      maxImages: 3,
      policy: enrollmentPolicy(),
      log: silentLogger,
      now: () => now,
    });
  });
  afterEach(async () => {
    await gallery.close();
    await store.close();
  });

  const enroll = (customerPersonId: string, expiresAt?: number) =>
    gallery.enroll({
      customerId: 'c',
      customerPersonId,
      profile: {},
      image: { name: 'a.jpg', extension: 'jpg' },
      template: { embedding: embeddingOf(customerPersonId.length), norm: 3 },
      ...(expiresAt && { consent: { id: 'paper', givenAt: now, expiresAt } }),
    });
  const retention = (policy: { retentionDays: number } & Partial<RetentionPolicy>) =>
    createRetention({
      policy: { auditDays: 0, eventDays: 0, snapshotDays: 0, ...policy },
      store,
      gallery,
      reasonToKeep: () => reasonToKeep,
      log,
      now: () => now,
    });
  const left = () => store.persons.list('c', { limit: 10 }).persons.map(each => each.customerPersonId);
  const see = (id: string) =>
    store.audit.record([{ at: now, act: 'match', by: 'token:0', customerId: 'c', customerPersonIds: [id] }]);

  it('erases who was not seen, enrolled or changed for too long, and nobody else', async () => {
    for (const id of ['never', 'changed', 'seen']) await enroll(id);
    now += 20 * DAY;
    await gallery.update({ customerId: 'c', customerPersonId: 'changed', profile: {}, mode: 'merge' });
    await see('seen');
    now += 10 * DAY + 1;
    expect(await retention({ retentionDays: 30 }).purge()).toEqual({
      looked: 3,
      unseen: 1,
      expired: 0,
      auditEntries: 0,
      events: 0,
      snapshots: 0,
      tokens: 0,
    });
    expect(left()).toEqual(['changed', 'seen']);
    const { entries } = store.audit.page({ customerId: 'c', after: 0, limit: 99 });
    expect(entries.at(-1)).toMatchObject({ act: 'person.delete', by: 'system:retention' });
    now += 3 * 365 * DAY;
    expect(await retention({ retentionDays: 30 }).purge()).toMatchObject({ unseen: 2 });
    expect(left()).toEqual([]);
  });

  it('erases nobody where it is not asked to, but whose consent has expired', async () => {
    await enroll('for-ever');
    await enroll('for-a-week', now + 7 * DAY);
    now += 7 * DAY - 1;
    expect(await retention({ retentionDays: 0 }).purge()).toMatchObject({ looked: 2, expired: 0 });
    now += 1;
    expect(await retention({ retentionDays: 0 }).purge()).toMatchObject({ unseen: 0, expired: 1 });
    expect(left()).toEqual(['for-ever']);
  });

  it('looks at each person once, however many there are', async () => {
    for (let i = 0; i < 230; i++) await enroll(`p${i}`);
    now += 2 * DAY;
    expect(await retention({ retentionDays: 1 }).purge()).toMatchObject({ looked: 230, unseen: 230 });
    expect(left()).toEqual([]);
  });

  it('throws nothing away while the clock may be wrong, and says why', async () => {
    await enroll('ada', now + DAY);
    await store.outbox.append(seq => ({ ...eventOf(seq), decided_at: new Date(START).toISOString() }));
    now = Date.UTC(2038, 0, 19);
    reasonToKeep = 'The clock leapt ahead.';
    const policy = { retentionDays: 1, auditDays: 1, eventDays: 1 };
    await expect(retention(policy).purge()).rejects.toThrow('The clock leapt ahead.');
    expect(left()).toEqual(['ada']);
    expect(store.history.count()).toBe(1);
    reasonToKeep = undefined;
    expect(await retention(policy).purge()).toMatchObject({ expired: 1, events: 1 });
  });

  it('drops events that are too old, and keeps them where it is not asked to', async () => {
    for (const days of [0, 5, 9]) {
      const decided_at = new Date(START + days * DAY).toISOString();
      await store.outbox.append(seq => ({ ...eventOf(seq), decided_at }));
    }
    now += 10 * DAY;
    expect(await retention({ retentionDays: 0 }).purge()).toMatchObject({ events: 0 });
    expect(await retention({ retentionDays: 0, eventDays: 4 }).purge()).toMatchObject({ events: 2 });
    expect(store.history.page({ after: 0, limit: 9 }).events.map(({ seq }) => seq)).toEqual([3]);
  });

  it('drops face crops that are too old before their events, and never keeps one for longer', async () => {
    for (const days of [0, 5, 9]) {
      const decided_at = new Date(START + days * DAY).toISOString();
      const event = await store.outbox.append(seq => ({ ...eventOf(seq), decided_at }));
      await store.snapshots.put(event!.seq, Buffer.from('a JPEG'));
    }
    now += 10 * DAY;
    const kept = () => [1, 2, 3].filter(seq => store.snapshots.get(seq) !== undefined);
    expect(await retention({ retentionDays: 0 }).purge()).toMatchObject({ snapshots: 0 });
    expect(await retention({ retentionDays: 0, snapshotDays: 7 }).purge()).toMatchObject({
      events: 0,
      snapshots: 1,
    });
    expect([kept(), store.history.count()]).toEqual([[2, 3], 3]);
    const shorter = { retentionDays: 0, eventDays: 4, snapshotDays: 7 };
    expect(await retention(shorter).purge()).toMatchObject({ events: 2, snapshots: 1 });
    expect(kept()).toEqual([3]);
  });

  it('forgets tokens 90 days after their end, which the audit log still tells of', async () => {
    const token = { customerId: 'c', role: 'reader', name: 'door', createdAt: now } as const;
    await store.tokens.add({ ...token, hash: 'a'.repeat(64) });
    await store.tokens.add({ ...token, hash: 'b'.repeat(64) });
    await store.tokens.revoke('a'.repeat(64), { at: now });
    now += 90 * DAY;
    expect(await retention({ retentionDays: 0 }).purge()).toMatchObject({ tokens: 0 });
    now += 1;
    expect(await retention({ retentionDays: 0 }).purge()).toMatchObject({ tokens: 1 });
    expect(store.tokens.list().map(({ hash }) => hash[0])).toEqual(['b']);
    const { entries } = store.audit.page({ customerId: 'c', after: 0, limit: 99 });
    expect(entries.map(({ act }) => act)).toContain('token.revoke');
  });

  it('runs at once, tells what it did, and ends when it is told to', async () => {
    await enroll('ada');
    now += 9 * DAY;
    const stop = new AbortController();
    const ended = retention({ retentionDays: 1, auditDays: 1 }).run(stop.signal);
    while (logged.length === 0) await new Promise(resolve => setTimeout(resolve, 5));
    stop.abort();
    await ended;
    expect(logged).toEqual(['What may not be kept any longer was erased.']);
    expect(left()).toEqual([]);
  });

  it('knows when somebody was last seen to the hour, and forgets it with them', async () => {
    const { person } = await enroll('ada');
    expect(store.visits.lastSeen(person.id)).toBeUndefined();
    await see('ada');
    const first = now;
    now += 3_599_999;
    await see('ada');
    expect(store.visits.lastSeen(person.id)).toBe(first);
    now += 1;
    await see('ada');
    expect(store.visits.lastSeen(person.id)).toBe(first + 3_600_000);
    await gallery.remove('c', 'ada');
    expect(store.visits.lastSeen(person.id)).toBeUndefined();
  });
});
