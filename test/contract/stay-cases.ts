import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import type { Store } from '../../src/store/store.ts';
import { deleteChange, newPersonChange } from '../support/people.ts';
import { decisionOf } from '../support/stored-events.ts';

/** What every store keeps of who was let in at a door. */
export function describeStays(name: string, open: () => Promise<Store>): void {
  describe(`the stays of ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const enroll = async (id: string): Promise<Person> => {
      const change = newPersonChange(id);
      await store.apply(change);
      return change.person;
    };
    const decide = (door: string, person: Person, decision: 'grant' | 'deny' = 'grant') =>
      store.outbox.append(seq => ({ ...decisionOf(seq, person), door, decision }));

    it('begin with a grant, each at its door', async () => {
      const [ada, bob] = [await enroll('ada'), await enroll('bob')];
      await decide('main', ada);
      await decide('main', ada);
      await decide('yard', bob);
      await decide('yard', ada, 'deny');
      expect([store.stays.at('main'), store.stays.at('yard'), store.stays.at('mai')]).toEqual([
        [ada.id],
        [bob.id],
        [],
      ]);
    });

    it('end where it is said, and begin anew with the next grant', async () => {
      const [ada, bob] = [await enroll('ada'), await enroll('bob')];
      for (const door of ['main', 'yard']) for (const person of [ada, bob]) await decide(door, person);
      await store.stays.over('main', [ada.id, bob.id, 'nobody']);
      expect(store.stays.at('main')).toEqual([]);
      expect(store.stays.at('yard').sort()).toEqual([ada.id, bob.id].sort());
      await decide('main', ada);
      expect(store.stays.at('main')).toEqual([ada.id]);
    });

    it('are gone with their person', async () => {
      const [ada, bob] = [await enroll('ada'), await enroll('bob')];
      for (const person of [ada, bob]) await decide('main', person);
      await store.apply(deleteChange(ada.id));
      expect(store.stays.at('main')).toEqual([bob.id]);
    });
  });
}
