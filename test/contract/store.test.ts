import { createMemoryStore } from '../support/memory-store.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';
import { describeHistory } from './history-cases.ts';
import { describeOutbox } from './outbox-cases.ts';
import { describePersons } from './person-cases.ts';
import { describeTokens } from './token-cases.ts';

const stores = {
  'the LMDB store': () => openTemporaryStore(),
  'the memory store': async () => createMemoryStore(),
};

for (const [name, open] of Object.entries(stores)) {
  describePersons(name, open);
  describeOutbox(name, open);
  describeHistory(name, open);
  describeTokens(name, open);
}
