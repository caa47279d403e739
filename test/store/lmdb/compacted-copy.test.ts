import { expect, it } from 'vitest';
import { silentLogger } from '../../../src/platform/logger.ts';
import { openEnvironment } from '../../../src/store/lmdb/environment.ts';
import { sequenceKey } from '../../../src/store/records/key.ts';
import { ROOMY, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

it('the first transaction in a compacted copy may free many pages', async () => {
  const failures: Error[] = [];
  const open = (dir: string) =>
    openEnvironment({
      dir,
      log: silentLogger,
      onFatal: error => void failures.push(error),
      space: () => ROOMY,
    });
  const [dir, target] = [temporaryFolder(), temporaryFolder()];
  const environment = open(dir);
  const rows = environment.table('rows');
  await environment.write(() => {
    for (let at = 0; at < 800; at++) rows.put(sequenceKey(at), Buffer.alloc(20_000, at));
  });
  await environment.backup(target);
  await environment.close();

  const copy = open(target);
  const copied = copy.table('rows');
  await copy.write(() => {
    for (let at = 0; at < 800; at += 2) copied.remove(sequenceKey(at));
  });
  await copy.write(() => copied.put(sequenceKey(1000), Buffer.alloc(20_000, 7)));
  expect([copied.count(), copied.get(sequenceKey(799))]).toEqual([401, Buffer.alloc(20_000, 799)]);
  expect(failures).toEqual([]);
  await copy.close();
  for (const folder of [dir, target]) removeFolder(folder);
});
