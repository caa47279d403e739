import { join } from 'node:path';
import type { BackupManifest } from '../../src/store/backup/backup-manifest.ts';
import { type BackupOptions, makeBackup } from '../../src/store/backup/backup-set.ts';
import { type RestoreOptions, type RestoreReport, restoreBackup } from '../../src/store/backup/restore.ts';
import { defaultKeySource } from '../../src/store/keys/keyring.ts';
import type { Store } from '../../src/store/store.ts';
import { openStoreIn, removeFolder, temporaryFolder } from './temporary-store.ts';

/** A store in the folder `state`, to be backed up into `backup` and restored into `other`. */
export interface BackupGround {
  readonly store: Store;
  /** The path of what lies there. */
  at(...names: string[]): string;
  backup(more?: Partial<BackupOptions>): Promise<BackupManifest>;
  restore(more?: Partial<RestoreOptions>): Promise<RestoreReport>;
  /** Opens the restored store for `use`. */
  restored<T>(use: (store: Store) => T | Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** An empty store in a folder of its own. */
export async function openBackupGround(): Promise<BackupGround> {
  const folder = temporaryFolder();
  const at = (...names: string[]) => join(folder, ...names);
  const store = await openStoreIn(at('state'));
  const usual = {
    store,
    dir: at('state'),
    key: defaultKeySource(at('state')),
    target: at('backup'),
    by: 'cli',
  };
  return {
    store,
    at,
    backup: more => makeBackup({ ...usual, ...more }),
    restore: more =>
      restoreBackup({
        from: at('backup'),
        dir: at('other'),
        key: { file: at('state', 'store.key') },
        ...more,
      }),
    restored: async use => {
      const other = await openStoreIn(at('other'));
      try {
        return await use(other);
      } finally {
        await other.close();
      }
    },
    close: async () => {
      await store.close();
      removeFolder(folder);
    },
  };
}

/** The customers' ids of all persons. */
export function idsIn(store: Store): string[] {
  return [...store.persons.all()].map(({ customerPersonId }) => customerPersonId).sort();
}

/** What a test needs to add a token whose hash is so many times this digit. */
export function tokenOf(digit: string) {
  return { hash: digit.repeat(64), customerId: 'default', role: 'admin' as const, name: '', createdAt: 1 };
}
