import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../support/people.ts';
import { eventOf } from '../support/stored-events.ts';

/** What any store must do with events of the past. */
export function describeHistory(name: string, open: () => Promise<Store>): void {
  describe(`the history of ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const ada = newPersonChange('ada');
    const bob = newPersonChange('bob');
    const seqs = (query: { after?: number; limit?: number; personId?: string } = {}) => {
      const { events, next } = store.history.page({ after: 0, limit: 100, ...query });
      return [events.map(({ seq }) => seq), next];
    };
    const fill = async () => {
      for (const change of [ada, bob]) await store.apply(change);
      for (const person of [undefined, ada.person, bob.person, ada.person, undefined])
        await store.outbox.append(seq => eventOf(seq, person));
    };

    it('keeps every event as it was, also when it has left the outbox', async () => {
      await fill();
      const told = store.outbox.read(0, 10);
      await store.outbox.remove([1, 2, 3, 4, 5]);
      expect(store.outbox.count()).toBe(0);
      expect(store.history.page({ after: 0, limit: 10 })).toEqual({ events: told });
      expect([store.history.count(), store.history.lastSeq()]).toEqual([5, 5]);
    });

    it('is there at once when an event is durable', async () => {
      for (let i = 1; i <= 20; i++) {
        await store.outbox.append(seq => eventOf(seq));
        expect([...seqs({ after: i - 1 }), store.history.lastSeq()]).toEqual([[i], undefined, i]);
      }
    });

    it('comes in pages, whole or of one person', async () => {
      await fill();
      expect(seqs({ limit: 2 })).toEqual([[1, 2], 2]);
      expect(seqs({ after: 2, limit: 2 })).toEqual([[3, 4], 4]);
      expect(seqs({ after: 4, limit: 2 })).toEqual([[5], undefined]);
      expect(seqs({ personId: ada.person.id, limit: 1 })).toEqual([[2], 2]);
      expect(seqs({ personId: ada.person.id, after: 2, limit: 2 })).toEqual([[4], undefined]);
      expect(seqs({ personId: 'nobody' })).toEqual([[], undefined]);
    });

    it('forgets a person with the person', async () => {
      await fill();
      await store.apply(deleteChange(ada.person.id));
      expect(seqs()).toEqual([[1, 3, 5], undefined]);
      expect(seqs({ personId: ada.person.id })).toEqual([[], undefined]);
      expect(store.history.count()).toBe(3);
      expect(store.history.lastSeq()).toBe(5);
    });

    it('drops what is too old, whatever order it came in', async () => {
      const days = ['2026-03-05', '2026-03-01', '2026-03-09', '2026-03-02'];
      for (const day of days)
        await store.outbox.append(seq => ({ ...eventOf(seq), decided_at: `${day}T00:00:00.000Z` }));
      expect(await store.history.prune(Date.parse('2026-03-05'))).toBe(2);
      expect(seqs()).toEqual([[1, 3], undefined]);
      expect(store.outbox.count()).toBe(4);
      expect(await store.history.prune(Date.parse('2026-03-05'))).toBe(0);
    });
  });
}
