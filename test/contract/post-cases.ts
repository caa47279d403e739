import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import type { Store } from '../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../support/people.ts';
import { decisionOf, eventOf } from '../support/stored-events.ts';

const END = { given_up_at: '2026-01-01T00:00:09.000Z', attempts: 3, failure: 'HTTP 503' };

/** What every store keeps of decisions that a webhook is to be told of. */
export function describePosts(
  name: string,
  open: (webhookDoors: ReadonlySet<string>) => Promise<Store>,
): void {
  describe(`the posts of ${name}`, () => {
    let store: Store;
    let ada: Person;
    beforeEach(async () => {
      store = await open(new Set(['main']));
      const change = newPersonChange('ada');
      await store.apply(change);
      ada = change.person;
    });
    afterEach(() => store.close());

    const decide = (door = 'main') => store.outbox.append(seq => ({ ...decisionOf(seq, ada), door }));
    const waiting = () => store.posts.waiting().map(({ seq }) => seq);
    const undelivered = () => store.posts.undelivered().map(({ seq }) => seq);

    it('are noted with the decision at a door that has a webhook, and name nobody', async () => {
      await decide();
      await decide('yard');
      await store.outbox.append(seq => eventOf(seq));
      const { event_id, customer } = decisionOf(1, ada);
      expect(store.posts.waiting()).toEqual([
        { seq: 1, event_id, door: 'main', customer, decision: 'grant' },
      ]);
      expect(store.posts.undelivered()).toEqual([]);
    });

    it('are not noted for who is not enrolled any more', async () => {
      await store.apply(deleteChange(ada.id));
      expect(await decide()).toBeUndefined();
      expect(waiting()).toEqual([]);
    });

    it('wait until they are taken, or given up with the reason', async () => {
      for (let count = 0; count < 3; count++) await decide();
      await store.posts.done(1);
      await store.posts.giveUp(2, END);
      await store.posts.giveUp(77, END);
      expect([waiting(), undelivered()]).toEqual([[3], [2]]);
      expect(store.posts.undelivered()[0]).toMatchObject({ seq: 2, door: 'main', ...END });
    });

    it('that were given up can be forgotten, and those that wait cannot', async () => {
      for (let count = 0; count < 3; count++) await decide();
      await store.posts.giveUp(1, END);
      await store.posts.giveUp(2, END);
      expect(await store.posts.forget([1, 3, 77])).toBe(1);
      expect([waiting(), undelivered()]).toEqual([[3], [2]]);
    });

    it('that were given up are the newest two hundred', async () => {
      for (let seq = 1; seq <= 203; seq++) {
        await decide();
        await store.posts.giveUp(seq, END);
      }
      expect(undelivered()).toHaveLength(200);
      expect(undelivered()[0]).toBe(4);
    });
  });
}
