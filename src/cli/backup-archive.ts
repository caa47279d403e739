import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { create, extract } from 'tar';
import { StartupError } from '../domain/errors.ts';
import { BACKUP_FILES, MANIFEST_FILE } from '../store/backup/backup-manifest.ts';

const MEMBERS: readonly string[] = [MANIFEST_FILE, ...BACKUP_FILES];

/** Whether a backup of this name is one file rather than a folder. */
export function isArchive(path: string): boolean {
  return path.endsWith('.tar');
}

/** Packs the backup in the folder `dir` into one file for its owner alone, whole or not at all; the folder stays. */
export async function packBackup(dir: string, file: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  try {
    await create({ file: unfinished, cwd: dir, portable: true }, [...MEMBERS]);
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Gives `use` the folder of a backup: the folder itself, or one beside the file in which it is unpacked meanwhile. Throws `StartupError` for a file that is no backup. */
export async function withBackup<T>(path: string, use: (dir: string) => Promise<T>): Promise<T> {
  if (isFolder(path)) return use(path);
  const dir = mkdtempSync(join(dirname(resolve(path)), '.facegate-backup-'));
  try {
    await unpack(path, dir);
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Makes the folder where a file is to be, and tells a name for a folder beside it. */
export function folderBeside(file: string): string {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return `${path}.folder`;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new StartupError(`${path} cannot be read: check the name and the rights.`, { cause });
  }
}

async function unpack(file: string, dir: string): Promise<void> {
  try {
    await extract({
      file,
      cwd: dir,
      strict: true,
      // Nothing but the files of a backup comes out, whatever the archive names.
      filter: (path, entry) => MEMBERS.includes(path) && 'type' in entry && entry.type === 'File',
    });
  } catch (cause) {
    throw new StartupError(
      `${file} is truncated, damaged or no archive (${(cause as Error).message}): take another backup.`,
      { cause },
    );
  }
}
