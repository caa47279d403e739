import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FacegateError, StartupError } from '../../domain/errors.ts';
import { silentLogger } from '../../platform/logger.ts';
import { type DiskSpace, diskSpace, reserveOf } from '../disk/disk-space.ts';
import { replaceDurably, writeDurably } from '../disk/durable-file.ts';
import { defaultKeySource, KEY_FILE } from '../keys/keyring.ts';
import type { MasterKeySource } from '../keys/master-key.ts';
import { openStore, type Store } from '../store.ts';
import { SCHEMA_VERSION } from '../tables/schema.ts';
import { checkStore, type StoreCounts } from './backup-check.ts';
import { assertIntact, BACKUP_FILES, type BackupManifest, readManifest } from './backup-manifest.ts';
import { bringUpToDate } from './restore-newer.ts';

/** What to restore, and where. */
export interface RestoreOptions {
  /** The folder of the backup. */
  readonly from: string;
  /** The folder of the store: absent, or with nothing in it but a key and backups. No daemon may be using it. */
  readonly dir: string;
  /** The key that the backup was sealed with; a key file elsewhere is copied to where the store has it. */
  readonly key: MasterKeySource;
  /** Folder of a newer store or backup of the same installation: who was deleted there is deleted here, and its tokens are taken over. */
  readonly newer?: string;
  /** Told now and then how many persons were read. */
  readonly onPersons?: (persons: number) => void;
  readonly now?: () => number;
  readonly space?: (dir: string) => DiskSpace;
}

/** What was restored. */
export interface RestoreReport {
  readonly manifest: BackupManifest;
  readonly counts: StoreCounts;
  /** Persons who were deleted after the backup, as `newer` says. */
  readonly forgotten: number;
  /** Events that were not sent when the backup was made; they are too old to be sent now. */
  readonly dropped: number;
}

/**
 * Makes the store of a backup the store in `dir`; until all of it was checked nothing is there that a daemon would start with, and after a failure
 * the folder is as before. Throws `StartupError` with what is wrong with the backup, the key or the folder.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { from, dir, key, newer, onPersons, now = Date.now, space = diskSpace } = options;
  const manifest = readManifest(from);
  assertVacant(dir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  assertRoomFor(manifest, space(dir));
  const staging = join(dir, STAGING);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  try {
    // Keys without data: a daemon that is started after a crash says so, instead of beginning an empty gallery.
    copyFile(from, KEY_FILE, dir);
    for (const name of BACKUP_FILES) {
      copyFile(from, name, staging);
      await assertIntact(staging, name, manifest);
    }
    // Whoever was deleted since is taken out of the tables of now.
    if (manifest.schema < SCHEMA_VERSION) await withCopy(staging, key, async () => undefined);
    const forgotten = newer === undefined ? 0 : await bringUpToDate(staging, newer, now());
    const { counts, dropped } = await settle(staging, { manifest, key, forgotten, at: now(), onPersons });
    rmSync(join(staging, 'lock.mdb'), { force: true });
    installKey(dir, key);
    replaceDurably(join(staging, KEY_FILE), join(dir, KEY_FILE));
    replaceDurably(join(staging, 'data.mdb'), join(dir, 'data.mdb'));
    return { manifest, counts, forgotten, dropped };
  } catch (error) {
    if (!existsSync(join(dir, 'data.mdb'))) rmSync(join(dir, KEY_FILE), { force: true });
    throw error instanceof FacegateError ? new StartupError(error.message, { cause: error }) : error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

const STAGING = 'restoring';
const EVENTS_PER_READ = 200;

/** Opens the copy, which overwrites the keys of those who are gone, and checks all of it. */
async function settle(
  dir: string,
  about: {
    manifest: BackupManifest;
    key: MasterKeySource;
    forgotten: number;
    at: number;
    onPersons: RestoreOptions['onPersons'];
  },
): Promise<{ counts: StoreCounts; dropped: number }> {
  const { manifest, key, forgotten, at, onPersons } = about;
  return withCopy(dir, key, async store => {
    const before = await checkStore(store, onPersons);
    const wanted = manifest.counts.persons;
    if (before.persons + forgotten !== wanted)
      throw new StartupError(
        `The backup holds ${before.persons + forgotten} persons and should hold ${wanted}; take another backup.`,
      );
    const dropped = await dropEvents(store);
    for (const { seq } of store.posts.waiting()) await store.posts.done(seq);
    // Beyond whatever was sent since the backup: no node makes a thousand events a second for long.
    await store.outbox.raise(at);
    const details = { backup: manifest.created_at, persons: before.persons, forgotten };
    await store.audit.record([{ at, act: 'store.restore', by: 'cli', details }]);
    return { counts: before, dropped };
  });
}

/** Opens the copy as its owner. */
async function withCopy<T>(dir: string, key: MasterKeySource, use: (store: Store) => Promise<T>): Promise<T> {
  let failure: Error | undefined;
  const onFatal = (error: Error) => {
    failure = error;
  };
  const store = await openStore({ dir, key, log: silentLogger, onFatal, reserveBytes: 0 });
  try {
    const result = await use(store);
    if (failure) throw failure;
    return result;
  } finally {
    await store.close();
  }
}

async function dropEvents({ outbox }: Pick<Store, 'outbox'>): Promise<number> {
  for (let dropped = 0; ; ) {
    const events = outbox.read(0, EVENTS_PER_READ);
    if (events.length === 0) return dropped;
    await outbox.remove(events.map(({ seq }) => seq));
    dropped += events.length;
  }
}

function copyFile(from: string, name: string, to: string): void {
  try {
    copyFileSync(join(from, name), join(to, name));
  } catch (cause) {
    throw new StartupError(
      `${name} of the backup cannot be copied (${(cause as NodeJS.ErrnoException).code}).`,
      {
        cause,
      },
    );
  }
}

/** What an earlier restore has left behind when it was cut off may go. */
function assertVacant(dir: string): void {
  if (!existsSync(dir)) return;
  const names = readdirSync(dir);
  const cutOff = names.includes(STAGING) && !names.includes('data.mdb');
  const mayStay = [basename(defaultKeySource(dir).file), 'backups', ...(cutOff ? [STAGING, KEY_FILE] : [])];
  const others = names.filter(name => !mayStay.includes(name));
  if (others.length === 0) return;
  throw new StartupError(
    `${dir} is not empty (${others.slice(0, 3).join(', ')}): restore into a new folder, or move away what is in it.`,
  );
}

function assertRoomFor({ files }: BackupManifest, space: DiskSpace): void {
  const needed = BACKUP_FILES.reduce((sum, name) => sum + files[name].bytes, 0) + reserveOf(space);
  if (space.free >= needed) return;
  const mebibytes = (bytes: number) => Math.ceil(bytes / (1024 * 1024));
  throw new StartupError(
    `Only ${mebibytes(space.free)} MiB are free on the store's disk and ${mebibytes(needed)} MiB are needed; free some space.`,
  );
}

function installKey(dir: string, { file, credential }: MasterKeySource): void {
  const own = defaultKeySource(dir).file;
  if (credential === undefined && file !== own) writeDurably(own, readFileSync(file));
}
