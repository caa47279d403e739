import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../support/people.ts';
import { eventOf } from '../support/stored-events.ts';

/** What any store must do with the snapshots of events. */
export function describeSnapshots(name: string, open: () => Promise<Store>): void {
  describe(`the snapshots of ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const ada = newPersonChange('ada');
    const bob = newPersonChange('bob');
    const jpegs = Array.from({ length: 4 }, () => randomBytes(20_000));
    const kept = () => [1, 2, 3, 4].filter(seq => store.snapshots.get(seq) !== undefined);
    const fill = async (...days: readonly string[]) => {
      for (const change of [ada, bob]) await store.apply(change);
      for (const [at, person] of [undefined, ada.person, bob.person, ada.person].entries()) {
        const decided_at = `${days[at] ?? '2026-03-01'}T00:00:00.000Z`;
        await store.outbox.append(seq => ({ ...eventOf(seq, person), decided_at }));
        expect(await store.snapshots.put(at + 1, jpegs[at])).toBe(true);
      }
    };

    it('come back byte for byte by the number of their event', async () => {
      await fill();
      for (const [at, jpeg] of jpegs.entries())
        expect(jpeg.equals(store.snapshots.get(at + 1) ?? Buffer.alloc(0))).toBe(true);
      expect([store.snapshots.count(), store.snapshots.get(5)]).toEqual([4, undefined]);
    });

    it('are kept of no event that is not there, or not any more', async () => {
      await fill();
      expect(await store.snapshots.put(5, jpegs[0])).toBe(false);
      await store.apply(deleteChange(ada.person.id));
      expect(await store.snapshots.put(2, jpegs[1])).toBe(false);
      expect(kept()).toEqual([1, 3]);
    });

    it('are gone with the person whom their event names', async () => {
      await fill();
      await store.apply(deleteChange(ada.person.id));
      expect([kept(), store.snapshots.count()]).toEqual([[1, 3], 2]);
    });

    it('are dropped when they are too old, whatever order they came in, and their events stay', async () => {
      await fill('2026-03-05', '2026-03-01', '2026-03-09', '2026-03-02');
      expect(await store.snapshots.prune(Date.parse('2026-03-05'))).toBe(2);
      expect([kept(), store.history.count()]).toEqual([[1, 3], 4]);
      expect(await store.snapshots.prune(Date.parse('2026-03-05'))).toBe(0);
    });

    it('are dropped with their events', async () => {
      await fill('2026-03-05', '2026-03-01', '2026-03-09', '2026-03-02');
      expect(await store.history.prune(Date.parse('2026-03-05'))).toBe(2);
      expect([kept(), store.snapshots.count()]).toEqual([[1, 3], 2]);
    });

    it('are no larger than half of all that may be kept', async () => {
      await fill();
      const huge = Buffer.alloc(200 * 1024 * 1024);
      await expect(store.snapshots.put(1, huge)).rejects.toMatchObject({ code: 'too_large' });
      expect(jpegs[0].equals(store.snapshots.get(1) ?? Buffer.alloc(0))).toBe(true);
    });
  });
}
