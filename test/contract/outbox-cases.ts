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

    it('drops the oldest when it is trimmed', async () => {
      await fill(5);
      expect(await store.outbox.trim(5)).toBe(0);
      expect(await store.outbox.trim(2)).toBe(3);
      expect(waiting()).toEqual([4, 5]);
      expect(await store.outbox.trim(0)).toBe(2);
      expect(store.outbox.count()).toBe(0);
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
