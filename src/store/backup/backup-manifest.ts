import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { StartupError } from '../../domain/errors.ts';
import { writeDurably } from '../disk/durable-file.ts';
import { KEY_FILE } from '../keys/keyring.ts';
import type { StoreCounts } from './backup-check.ts';

/** Says what a backup is; written last, so that a backup without it was never finished. Tells nothing of a person. */
export interface BackupManifest {
  readonly format: 'facegate-backup';
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly created_at: string;
  /** Version of the tables' layout. */
  readonly schema: number;
  /** Names the master key that it takes to read the backup; the key itself is not part of it. */
  readonly key_id: string;
  readonly counts: StoreCounts;
  readonly files: Readonly<Record<BackupFile, { readonly bytes: number; readonly sha256: string }>>;
}

/** The files of a backup beside its manifest. */
export type BackupFile = (typeof BACKUP_FILES)[number];

/** Name of the manifest in the folder of a backup. */
export const MANIFEST_FILE = 'backup.json';

/** Data first, as it is the larger. */
export const BACKUP_FILES = ['data.mdb', KEY_FILE] as const;

/** The manifest of the backup in the folder `dir`. Throws `StartupError` where there is none, or one of another program. */
export function readManifest(dir: string): BackupManifest {
  let manifest: Partial<BackupManifest>;
  try {
    manifest = JSON.parse(readFileSync(join(dir, MANIFEST_FILE), 'utf8')) as Partial<BackupManifest>;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : 'cannot be read';
    throw new StartupError(
      `${dir} is no backup of facegate, or one that was not finished: ${MANIFEST_FILE} ${reason}.`,
      { cause },
    );
  }
  if (manifest.format !== 'facegate-backup' || manifest.version !== 1 || !manifest.files)
    throw new StartupError(`${dir} holds a backup of another facegate: restore it with that version.`);
  return manifest as BackupManifest;
}

/** Writes the manifest of the files that lie in `dir`, which are made durable first; durable when resolved. */
export async function writeManifest(
  dir: string,
  about: Pick<BackupManifest, 'created_at' | 'schema' | 'key_id' | 'counts'>,
): Promise<BackupManifest> {
  for (const name of BACKUP_FILES) syncFile(join(dir, name));
  const sums = await Promise.all(BACKUP_FILES.map(async name => [name, await sumOf(join(dir, name))]));
  const files = Object.fromEntries(sums) as BackupManifest['files'];
  const manifest: BackupManifest = { format: 'facegate-backup', version: 1, ...about, files };
  writeDurably(join(dir, MANIFEST_FILE), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`, 'utf8'));
  return manifest;
}

/** Throws `StartupError` where the file `name` in `dir` is not what the manifest says. */
export async function assertIntact(dir: string, name: BackupFile, { files }: BackupManifest): Promise<void> {
  const { bytes, sha256 } = files[name];
  const found = await sumOf(join(dir, name));
  if (found.bytes < bytes)
    throw new StartupError(
      `The backup's ${name} is truncated: ${found.bytes} of ${bytes} bytes are there; take another backup.`,
    );
  if (found.bytes !== bytes || found.sha256 !== sha256)
    throw new StartupError(`The backup's ${name} is damaged (another SHA-256); take another backup.`);
}

async function sumOf(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    await setImmediate();
  }
  return { bytes, sha256: hash.digest('hex') };
}

function syncFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
