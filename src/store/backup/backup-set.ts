import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { FacegateError, StartupError } from '../../domain/errors.ts';
import { silentLogger } from '../../platform/logger.ts';
import { type DiskSpace, diskSpace, reserveOf } from '../disk/disk-space.ts';
import { syncFolder } from '../disk/durable-file.ts';
import { KEY_FILE } from '../keys/keyring.ts';
import type { MasterKeySource } from '../keys/master-key.ts';
import { masterIdOf } from '../keys/slot-file.ts';
import { openStore, type Store } from '../store.ts';
import { SCHEMA_VERSION } from '../tables/schema.ts';
import { checkStore } from './backup-check.ts';
import { BACKUP_FILES, type BackupManifest, writeManifest } from './backup-manifest.ts';

/** Where a backup comes from and goes to. */
export interface BackupOptions {
  readonly store: Pick<Store, 'backup' | 'audit'>;
  /** The folder of the store. */
  readonly dir: string;
  readonly key: MasterKeySource;
  /** The folder to make; it is there when the backup is whole and was read again, else not. */
  readonly target: string;
  /** Who asked for it, as the audit log names them. */
  readonly by: string;
  /** Told now and then how many persons were read again. */
  readonly onPersons?: (persons: number) => void;
  readonly now?: () => number;
  readonly space?: (dir: string) => DiskSpace;
}

/**
 * Makes a backup of a store that is in use: a consistent copy and the keys of its persons, but not the master key; then opens the copy and
 * checks every record. Throws `invalid_request` for a target that is there, `storage_full`, `overloaded` where the master key changed
 * meanwhile, `internal` for a copy that is not sound.
 */
export async function makeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { store, dir, by, now = Date.now, space = diskSpace } = options;
  const target = resolve(options.target);
  assertFree(target);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  assertRoomFor(dir, space(dirname(target)));
  const unfinished = `${target}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const createdAt = new Date(now()).toISOString();
  await store.audit.record([{ at: now(), act: 'store.backup', by }]);
  try {
    await store.backup(unfinished);
    const keyId = masterIdIn(unfinished);
    if (keyId !== masterIdIn(dir))
      throw new FacegateError(
        'overloaded',
        'The key of the store was changed meanwhile; make the backup again.',
      );
    const counts = await checkCopy(unfinished, options);
    rmSync(join(unfinished, 'lock.mdb'), { force: true });
    const about = { created_at: createdAt, schema: SCHEMA_VERSION, key_id: keyId, counts };
    const manifest = await writeManifest(unfinished, about);
    if (existsSync(target)) rmSync(target, { recursive: true });
    renameSync(unfinished, target);
    syncFolder(dirname(target));
    return manifest;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function checkCopy(dir: string, { key, onPersons }: Pick<BackupOptions, 'key' | 'onPersons'>) {
  let failure: Error | undefined;
  const onFatal = (error: Error) => {
    failure = error;
  };
  try {
    const copy = await openStore({ dir, key, log: silentLogger, onFatal, access: 'beside' });
    try {
      const counts = await checkStore(copy, onPersons);
      if (failure) throw failure;
      return counts;
    } finally {
      await copy.close();
    }
  } catch (cause) {
    if (!(cause instanceof FacegateError || cause instanceof StartupError)) throw cause;
    throw new FacegateError('internal', `The backup was made but is not sound: ${cause.message}`, { cause });
  }
}

/** An empty folder may be taken. */
function assertFree(target: string): void {
  if (!existsSync(target)) return;
  if (statSync(target).isDirectory() && readdirSync(target).length === 0) return;
  throw new FacegateError('invalid_request', `${target} is there already; name a new folder for the backup.`);
}

/** The copy must not fill a disk that the store may be on as well. */
function assertRoomFor(dir: string, space: DiskSpace): void {
  const size = BACKUP_FILES.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
  const needed = size + reserveOf(space);
  if (space.free >= needed) return;
  const mebibytes = (bytes: number) => Math.ceil(bytes / (1024 * 1024));
  throw new FacegateError(
    'storage_full',
    `Only ${mebibytes(space.free)} MiB are free where the backup goes and ${mebibytes(needed)} MiB are needed; free some space or name another place.`,
  );
}

function masterIdIn(dir: string): string {
  return masterIdOf(readFileSync(join(dir, KEY_FILE)));
}
