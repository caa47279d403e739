import { createMemoryStore } from '../support/memory-store.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';
import { describeHistory } from './history-cases.ts';
import { describeOutbox } from './outbox-cases.ts';
import { describePersons } from './person-cases.ts';
import { describePosts } from './post-cases.ts';
import { describeSnapshots } from './snapshot-cases.ts';
import { describeStays } from './stay-cases.ts';
import { describeTokens } from './token-cases.ts';

const stores = {
  'the LMDB store': (webhookDoors?: ReadonlySet<string>) =>
    openTemporaryStore({ ...(webhookDoors && { webhookDoors }) }),
  'the memory store': async (webhookDoors?: ReadonlySet<string>) =>
    createMemoryStore({ ...(webhookDoors && { webhookDoors }) }),
};

for (const [name, open] of Object.entries(stores)) {
  describePersons(name, open);
  describeOutbox(name, open);
  describeHistory(name, open);
  describePosts(name, open);
  describeSnapshots(name, open);
  describeStays(name, open);
  describeTokens(name, open);
}
