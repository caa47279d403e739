import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../src/platform/logger.ts';
import type { DiskSpace } from '../../src/store/disk/disk-space.ts';
import { openStore, type Store, type StoreOptions } from '../../src/store/store.ts';

/** A fresh folder; remove it with `removeFolder`. The dot in its name is one that lmdb must not take for a file's ending. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'facegate-store.'));
}

/** Removes what `temporaryFolder` made. */
export function removeFolder(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}

/** Plenty of space, so that a test does not depend on the disk of the machine. */
export const ROOMY: DiskSpace = { free: 1e12, total: 2e12 };

/** Opens the store of `dir`; a failed commit fails the test. */
export function openStoreIn(
  dir: string,
  space: () => DiskSpace = () => ROOMY,
  more: Partial<StoreOptions> = {},
): Promise<Store> {
  const onFatal = (error: Error) => {
    throw error;
  };
  return openStore({ dir, log: silentLogger, onFatal, space, ...more });
}

/** A store in a folder of its own, which goes when the store is closed. */
export async function openTemporaryStore(more: Partial<StoreOptions> = {}): Promise<Store> {
  const dir = temporaryFolder();
  const store = await openStoreIn(dir, undefined, more);
  return {
    ...store,
    close: async () => {
      await store.close();
      removeFolder(dir);
    },
  };
}
