import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../support/people.ts';
import { eventOf } from '../support/stored-events.ts';

/** What any store must do with events that wait. */
export function describeOutbox(name: string, open: () => Promise<Store>): void {
  describe(`the outbox of ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const fill = async (count: number) => {
      for (let i = 0; i < count; i++) await store.outbox.append(seq => eventOf(seq));
    };
    const waiting = () => store.outbox.read(0, 1000).map(event => event.seq);

    it('gives events back in the order and with the number that they were built with', async () => {
      const appended = await Promise.all(
        Array.from({ length: 12 }, () => store.outbox.append(seq => eventOf(seq))),
      );
      expect(appended.map(event => event?.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      expect(store.outbox.read(0, 1000)).toEqual(appended);
      expect(store.outbox.read(3, 2).map(event => event.seq)).toEqual([4, 5]);
      expect(store.outbox.read(12, 10)).toEqual([]);
      expect(store.outbox.count()).toBe(12);
    });

    it('never repeats a number, also when it is empty', async () => {
      await fill(3);
      await store.outbox.remove([1, 2, 3, 77]);
      expect(store.outbox.count()).toBe(0);
      await fill(1);
      expect(waiting()).toEqual([4]);
    });

    const bounds = { maxRows: Infinity, maxBytes: Infinity, before: 0, spare: () => false };

    it('goes on behind a number that it is raised to, and is never set back', async () => {
      await store.outbox.append(seq => eventOf(seq));
      await store.outbox.raise(1_700_000_000_000);
      await store.outbox.raise(7);
      expect((await store.outbox.append(seq => eventOf(seq)))?.seq).toBe(1_700_000_000_001);
      expect(store.history.page({ after: 1, limit: 9 }).events.map(({ seq }) => seq)).toEqual([
        1_700_000_000_001,
      ]);
      expect(store.outbox.read(0, 9).map(({ seq }) => seq)).toEqual([1, 1_700_000_000_001]);
    });

    it('drops the oldest when it is trimmed, and keeps count', async () => {
      await fill(5);
      expect(store.outbox.dropped()).toEqual({ total: 0, by_type: {}, newest_seq: 0 });
      expect(await store.outbox.trim({ ...bounds, maxRows: 5 })).toEqual({});
      expect(await store.outbox.trim({ ...bounds, maxRows: 2 })).toEqual({ unknown_seen: 3 });
      expect(waiting()).toEqual([4, 5]);
      expect(await store.outbox.trim({ ...bounds, maxRows: 0 })).toEqual({ unknown_seen: 2 });
      expect(store.outbox.size().rows).toBe(0);
      expect(store.outbox.dropped()).toEqual({ total: 5, by_type: { unknown_seen: 5 }, newest_seq: 5 });
    });

    it('drops what is to be spared only where nothing else is left', async () => {
      const spare = ({ seq }: { seq: number }) => seq % 2 === 1;
      await fill(6);
      await store.outbox.trim({ ...bounds, spare, maxRows: 4 });
      expect(waiting()).toEqual([1, 3, 5, 6]);
      await fill(1);
      await store.outbox.trim({ ...bounds, spare, maxRows: 4 });
      expect(waiting()).toEqual([1, 3, 5, 7]);
      await fill(1);
      await store.outbox.trim({ ...bounds, spare, maxRows: 3 });
      expect(waiting()).toEqual([3, 5, 7]);
    });

    it('drops what was decided too long ago, whatever it is', async () => {
      for (const [at, decided_at] of ['2026-01-01', '2026-01-02', '2026-01-03'].entries())
        await store.outbox.append(seq => ({ ...eventOf(seq), decided_at: `${decided_at}T00:00:0${at}Z` }));
      const before = Date.parse('2026-01-02T12:00:00Z');
      expect(await store.outbox.trim({ ...bounds, before, spare: () => true })).toEqual({ unknown_seen: 2 });
      expect(waiting()).toEqual([3]);
    });

    it('takes no event about a person who is not enrolled any more, and spends no number on it', async () => {
      const { person, ...change } = newPersonChange('p1');
      await store.apply({ ...change, person });
      expect(await store.outbox.append(seq => eventOf(seq, person))).toMatchObject({ seq: 1 });
      await store.apply(deleteChange(person.id));
      expect(await store.outbox.append(seq => eventOf(seq, person))).toBeUndefined();
      expect(await store.outbox.append(seq => eventOf(seq))).toMatchObject({ seq: 2 });
      expect(waiting()).toEqual([2]);
    });

    it('never holds an event about a person whose deletion ran at the same time', async () => {
      const { person, ...change } = newPersonChange('p1');
      await store.apply({ ...change, person });
      const appends = Array.from({ length: 8 }, () => store.outbox.append(seq => eventOf(seq, person)));
      await Promise.all([...appends, store.apply(deleteChange(person.id)), ...appends]);
      expect(waiting()).toEqual([]);
    });

    it('forgets an event that could not be built', async () => {
      const failing = store.outbox.append(() => {
        throw new Error('cannot be built');
      });
      await expect(failing).rejects.toThrow('cannot be built');
      await fill(1);
      expect(waiting()).toEqual([1]);
    });
  });
}
