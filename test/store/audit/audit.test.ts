import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PersonAccess } from '../../../src/domain/person.ts';
import { canonical } from '../../../src/store/audit/audit-chain.ts';
import { sealRecord } from '../../../src/store/records/record.ts';
import type { Store } from '../../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../../support/people.ts';
import { bytesBelow, tamper } from '../../support/store-files.ts';
import { eventOf } from '../../support/stored-events.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const ada = newPersonChange('ada@customer.example');

describe('the audit log', () => {
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

  const entries = (customerId = 'default') => store.audit.page({ customerId, after: 0, limit: 1000 }).entries;
  const act = (at: number, customerId = 'default') =>
    ({ at, act: 'gallery.audit', by: 'token:00', customerId }) as const;

  it('names the rights at doors that an update changed, and nothing of what they are', async () => {
    await store.apply(ada);
    const update = (opId: string, access?: PersonAccess) =>
      store.apply({ ...ada, opId, person: { ...ada.person, ...(access && { access }) } });
    await update('same');
    await update('some', { groups: ['board-room'], deny: true });
    await update('others', { groups: ['board-room'], validFrom: 5, validUntil: 1_893_456_000_000 });
    await update('none');
    const made = entries().filter(({ act: name }) => name.startsWith('person.'));
    expect(made.map(({ details }) => details?.rights)).toEqual([
      undefined,
      undefined,
      'groups,deny',
      'valid_from,valid_until,deny',
      'groups,valid_from,valid_until',
    ]);
    for (const kept of ['board-room', '1893456000000', '2030-01-01'])
      expect(JSON.stringify(made)).not.toContain(kept);
  });

  it('has each act with who, what and when, and persons by a pseudonym that stays the same', async () => {
    await store.apply({ ...ada, by: 'token:abcdef012345' });
    await store.apply({ ...ada, opId: 'renamed', by: 'token:abcdef012345' });
    await store.outbox.append(seq => eventOf(seq, ada.person));
    const match = { act: 'match', by: 'token:9', customerId: 'default' } as const;
    await store.audit.record([{ ...match, at: 7, customerPersonIds: ['ada@customer.example'] }]);
    await store.apply({ ...deleteChange(ada.person.id), by: 'token:abcdef012345' });
    const token = { hash: 'ab'.repeat(32), customerId: 'default', role: 'reader', name: 'x' } as const;
    await store.tokens.add({ ...token, createdAt: 1 });
    const next = { hash: 'cd'.repeat(32), overlapMs: 5 };
    await store.tokens.rotate('abababab', next, { at: 2, by: 'token:abcdef012345' });
    await store.tokens.use(token.hash, 3);
    await store.tokens.revoke('abababab', { at: 4 });

    const [made, ...rest] = entries();
    expect(made).toMatchObject({ seq: 1, act: 'store.create' });
    expect(rest.map(each => [each.act, each.by])).toEqual([
      ['person.enroll', 'token:abcdef012345'],
      ['person.update', 'token:abcdef012345'],
      ['match', 'camera:front'],
      ['match', 'token:9'],
      ['person.delete', 'token:abcdef012345'],
      ['token.create', 'cli'],
      ['token.rotate', 'token:abcdef012345'],
      ['token.revoke', 'cli'],
    ]);
    const pseudonyms = rest.slice(0, 5).map(({ persons }) => persons?.[0]);
    expect(new Set(pseudonyms).size).toBe(1);
    expect(pseudonyms[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(rest[5]).toMatchObject({ details: { token: 'abababababab', role: 'reader' } });
    expect(rest[6]).toMatchObject({ details: { token: 'abababababab', replaced_by: 'cdcdcdcdcdcd' } });
    await store.close();
    expect(bytesBelow(dir)).not.toContain('ada@customer');
    store = await openStoreIn(dir);
    expect(await store.audit.verify()).toMatchObject({ intact: true, entries: 9 });
  });

  it('is written with the change it tells of, or not at all', async () => {
    const torn = { ...ada, templates: [] };
    await expect(store.apply(torn)).rejects.toMatchObject({ code: 'internal' });
    expect(entries().map(each => each.act)).toEqual(['store.create']);
  });

  it('shows a customer their own acts and those of the node, page by page', async () => {
    for (let at = 0; at < 5; at++) await store.audit.record([act(at), act(at, 'other')]);
    const first = store.audit.page({ customerId: 'default', after: 0, limit: 4 });
    const second = store.audit.page({ customerId: 'default', after: first.next!, limit: 4 });
    expect(first.entries.map(each => each.seq)).toEqual([1, 2, 4, 6]);
    expect(second.entries.map(each => each.seq)).toEqual([8, 10]);
    expect(second.next).toBeUndefined();
    expect(entries('other').map(each => each.customer)).toEqual([undefined, ...Array(5).fill('other')]);
  });

  it('chains each entry to the one before, so that anyone can check it without a key', async () => {
    await store.audit.record(Array.from({ length: 10 }, (_, at) => act(at)));
    let prev = '0'.repeat(64);
    for (const { hash, ...entry } of entries()) {
      expect(entry.prev).toBe(prev);
      prev = createHash('sha256').update(canonical(entry)).digest('hex');
      expect(hash).toBe(prev);
    }
    expect((await store.audit.verify()).head).toEqual({ seq: 11, hash: prev });
  });

  it.each<[string, (rows: Buffer[]) => (Buffer | undefined)[], RegExp]>([
    ['changed', rows => rows.map((row, at) => (at === 3 ? changed(row) : row)), /entry 4 or 5 was changed/],
    ['changed at the end', rows => [...rows.slice(0, -1), changed(rows.at(-1)!)], /entry 11 was changed/],
    ['left out', rows => rows.map((row, at) => (at === 3 ? undefined : row)), /entry 4 is missing/],
    [
      'left out at the end',
      rows => rows.map((row, at) => (at === 10 ? undefined : row)),
      /entry 11 is missing/,
    ],
    ['left out at the beginning', rows => [undefined, ...rows.slice(1)], /entry 1 is missing/],
    ['exchanged', ([a, b, ...rest]) => [b, a, ...rest], /entry 1 is missing/],
    [
      'no text',
      rows => [...rows.slice(0, 4), Buffer.from('abcdefgh'), ...rows.slice(5)],
      /after 4 cannot be read/,
    ],
    ['added', rows => [...rows, rows[0]], /an entry stands behind the last, 11/],
  ])('notices an entry that was %s', async (_, change, problem) => {
    await store.audit.record(Array.from({ length: 10 }, (_each, at) => act(at)));
    await store.close();
    await tamper(dir, 'audit', async (rows, table) => {
      const values = change(rows.map(({ value }) => value));
      for (const [at, value] of values.entries()) {
        const key = rows[at]?.key ?? Buffer.concat([Buffer.alloc(7), Buffer.of(at + 1)]);
        if (value) await table.put(key, value);
        else await table.remove(key);
      }
    });
    store = await openStoreIn(dir);
    expect(await store.audit.verify()).toMatchObject({
      intact: false,
      problem: expect.stringMatching(problem),
    });
  });

  it('notices that its end was cut off together with the record of its end', async () => {
    await store.close();
    let ends: { key: Buffer; value: Buffer } | undefined;
    await tamper(dir, 'meta', async rows => {
      ends = rows.find(({ key }) => key.toString() === 'audit_head');
    });
    store = await openStoreIn(dir);
    await store.audit.record([act(1), act(2)]);
    await store.close();
    const forged = JSON.parse(ends!.value.toString('utf8', 4)) as { head: { seq: number; hash: string } };
    await tamper(dir, 'audit', async ([, second, third], table) => {
      forged.head = { seq: 2, hash: createHash('sha256').update(second!.value.subarray(4)).digest('hex') };
      await table.remove(third!.key);
    });
    await tamper(dir, 'meta', (_, table) =>
      table.put(ends!.key, sealRecord(Buffer.from(JSON.stringify(forged)))),
    );
    store = await openStoreIn(dir);
    expect(await store.audit.verify()).toMatchObject({
      intact: false,
      problem: expect.stringMatching(/both ends is missing or was changed/),
    });
  });

  it('says so where the record of its ends is damaged', async () => {
    await store.close();
    await tamper(dir, 'meta', async (rows, table) => {
      const { key, value } = rows.find(row => row.key.toString() === 'audit_head')!;
      value[6] ^= 1;
      await table.put(key, value);
    });
    store = await openStoreIn(dir);
    expect(await store.audit.verify()).toMatchObject({
      intact: false,
      problem: 'the record of both ends is damaged',
    });
  });

  it('drops what is old from its beginning and stays whole, but keeps its newest entry', async () => {
    await store.audit.record(Array.from({ length: 2500 }, (_, at) => act(Date.UTC(2026, 0, 1) + at)));
    expect(await store.audit.prune(Date.UTC(2026, 0, 1) + 2000)).toBe(0);
    const made = Date.parse(entries()[0]!.at);
    expect(made).toBeGreaterThan(Date.UTC(2026, 0, 1) + 2500);
    expect(await store.audit.prune(made + 1)).toBe(2500);
    expect(await store.audit.verify()).toMatchObject({ intact: true, entries: 1, head: { seq: 2501 } });
    await store.audit.record([act(1)]);
    expect(await store.audit.verify()).toMatchObject({ intact: true, entries: 2 });
  });
});

function changed(row: Buffer): Buffer {
  return sealRecord(
    Buffer.from(row.toString('utf8', 4).replace('token:00', 'token:01').replace('system:', 'sistem:')),
  );
}
