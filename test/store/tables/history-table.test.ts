import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/platform/logger.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { newPersonChange } from '../../support/people.ts';
import { flipped, tamper } from '../../support/store-files.ts';
import { eventOf } from '../../support/stored-events.ts';
import { ROOMY, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

describe('the history in the store', () => {
  let dir: string;
  let store: Store;
  const open = (historyRows: number) =>
    openStore({
      dir,
      log: silentLogger,
      onFatal: error => {
        throw error;
      },
      space: () => ROOMY,
      historyRows,
    });
  beforeEach(async () => {
    dir = temporaryFolder();
    store = await open(10);
  });
  afterEach(async () => {
    await store.close();
    removeFolder(dir);
  });

  const append = (count: number) =>
    Promise.all(Array.from({ length: count }, () => store.outbox.append(seq => eventOf(seq))));
  const seqs = () => store.history.page({ after: 0, limit: 5000 }).events.map(({ seq }) => seq);

  it('holds no more rows than it may: the oldest go', async () => {
    await append(25);
    await append(1);
    await append(1);
    expect(seqs()).toHaveLength(10);
    expect(seqs().at(-1)).toBe(27);
  });

  it('shrinks with the nightly run where it may hold fewer than before', async () => {
    await store.close();
    store = await open(5000);
    await append(1200);
    expect(seqs()).toHaveLength(1200);
    await store.close();
    store = await open(100);
    expect(await store.history.prune(0)).toBe(1100);
    expect(seqs()).toEqual(Array.from({ length: 100 }, (_, at) => 1101 + at));
  });

  it('passes over what is damaged, and says so', async () => {
    const { person, ...rest } = newPersonChange('ada');
    await store.apply({ person, ...rest });
    await store.outbox.append(seq => eventOf(seq, person));
    await append(3);
    await store.close();
    await tamper(dir, 'history', async (rows, table) => {
      await table.put(rows[0].key, flipped(rows[0].value));
      await table.put(rows[2].key, Buffer.from('short'));
    });
    store = await open(10);
    const told: number[] = [];
    const { events } = store.history.page({ after: 0, limit: 10 }, seq => told.push(seq));
    expect([events.map(({ seq }) => seq), told]).toEqual([
      [2, 4],
      [1, 3],
    ]);
    expect(store.history.page({ after: 0, limit: 10, personId: person.id }).events).toEqual([]);
  });
});
