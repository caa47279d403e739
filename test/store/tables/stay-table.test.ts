import { afterEach, beforeEach, expect, it } from 'vitest';
import { newPersonChange } from '../../support/people.ts';
import { bytesBelow, flipped, tamper } from '../../support/store-files.ts';
import { decisionOf } from '../../support/stored-events.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const ada = newPersonChange('ada');
let dir: string;

beforeEach(() => {
  dir = temporaryFolder();
});
afterEach(() => removeFolder(dir));

const letIn = async () => {
  const store = await openStoreIn(dir);
  await store.apply(ada);
  await store.outbox.append(seq => decisionOf(seq, ada.person));
  await store.close();
};

it('who was let in and has not left is there again after a restart, and named nowhere on the disk', async () => {
  await letIn();
  expect(bytesBelow(dir)).not.toContain(ada.person.id);
  const store = await openStoreIn(dir);
  expect(store.stays.at('main')).toEqual([ada.person.id]);
  await store.stays.over('main', [ada.person.id]);
  await store.close();
  const again = await openStoreIn(dir);
  expect(again.stays.at('main')).toEqual([]);
  await again.close();
});

it('a store with a damaged stay, or one in the place of another, is refused: somebody might be let in twice', async () => {
  await letIn();
  await tamper(dir, 'stays', async ([{ key, value }], table) => void (await table.put(key, flipped(value))));
  await expect(openStoreIn(dir)).rejects.toThrow(/damaged record \(stays\)/);
  await tamper(dir, 'stays', async ([{ key, value }], table) => {
    await table.remove(key);
    await table.put(Buffer.concat([key.subarray(0, 16), Buffer.from('yard')]), flipped(value));
  });
  await expect(openStoreIn(dir)).rejects.toThrow(/record in the place of another \(stays\)/);
});
