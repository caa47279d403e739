import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { DiskSpace } from '../../../src/store/disk/disk-space.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { newPersonChange } from '../../support/people.ts';
import { flipped, tamper } from '../../support/store-files.ts';
import { eventOf } from '../../support/stored-events.ts';
import { ROOMY, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const KB = 1024;

describe('the snapshots in the store', () => {
  let dir: string;
  let store: Store;
  const open = (options: { snapshotBytes?: number; historyRows?: number; space?: () => DiskSpace } = {}) =>
    openStore({
      dir,
      log: silentLogger,
      onFatal: error => {
        throw error;
      },
      space: () => ROOMY,
      ...options,
    });
  const reopen = async (options: Parameters<typeof open>[0] = {}) => {
    await store.close();
    store = await open(options);
  };
  beforeEach(async () => {
    dir = temporaryFolder();
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    removeFolder(dir);
  });

  const jpeg = randomBytes(20 * KB);
  const take = async (count: number) => {
    const events = await Promise.all(
      Array.from({ length: count }, () => store.outbox.append(seq => eventOf(seq))),
    );
    for (const isKept of await Promise.all(events.map(event => store.snapshots.put(event!.seq, jpeg))))
      expect(isKept).toBe(true);
  };
  const kept = (upTo: number) =>
    Array.from({ length: upTo }, (_, at) => at + 1).filter(seq => store.snapshots.get(seq) !== undefined);

  it('are there again after a restart', async () => {
    await take(2);
    await reopen();
    expect(jpeg.equals(store.snapshots.get(2) ?? Buffer.alloc(0))).toBe(true);
  });

  it('take no more bytes than they may: the oldest go', async () => {
    await reopen({ snapshotBytes: 256 * KB });
    await take(30);
    expect(kept(30)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    expect(store.history.count()).toBe(30);
  });

  it('shrink with the nightly run where they may take fewer than before', async () => {
    await take(700);
    await reopen({ snapshotBytes: 256 * KB });
    expect(await store.snapshots.prune(0)).toBe(690);
    expect(kept(700)).toHaveLength(10);
  });

  it('go with the events that are too many', async () => {
    await reopen({ historyRows: 5 });
    for (let i = 0; i < 12; i++) await take(1);
    expect(kept(12)).toEqual([8, 9, 10, 11, 12]);
    expect(store.snapshots.count()).toBe(5);
  });

  it('are refused where the disk is full, and nothing else is lost', async () => {
    await take(1);
    const event = await store.outbox.append(seq => eventOf(seq));
    await reopen({ space: () => ({ free: 1, total: 2e12 }) });
    await expect(store.snapshots.put(event!.seq, jpeg)).rejects.toMatchObject({ code: 'storage_full' });
    expect(kept(2)).toEqual([1]);
  });

  it('say that one is damaged, or stands in the place of another', async () => {
    const { person, ...rest } = newPersonChange('ada');
    await store.apply({ person, ...rest });
    await store.outbox.append(seq => eventOf(seq, person));
    await store.snapshots.put(1, jpeg);
    await take(2);
    await store.close();
    await tamper(dir, 'snapshots', async ([ofAda, second, third], table) => {
      await table.put(ofAda.key, flipped(ofAda.value));
      await table.put(second.key, third.value);
    });
    store = await open();
    expect(() => store.snapshots.get(1)).toThrow(/damaged record \(snapshots\)/);
    expect(() => store.snapshots.get(2)).toThrow(/record in the place of another \(snapshots\)/);
    expect(jpeg.equals(store.snapshots.get(3) ?? Buffer.alloc(0))).toBe(true);
  });

  it('are read by nobody, and dropped, where the row of their event is lost or cut off', async () => {
    await take(3);
    await store.close();
    await tamper(dir, 'history', async ([first, second], table) => {
      await table.remove(first.key);
      await table.put(second.key, Buffer.from('short'));
    });
    store = await open();
    expect(kept(3)).toEqual([3]);
    expect(await store.snapshots.prune(1)).toBe(2);
    expect(store.snapshots.count()).toBe(1);
  });
});
