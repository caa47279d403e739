import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file for its owner alone, whole or not at all, durable on return. With `exclusive` a file that is there stays: false is returned. */
export function writeDurably(path: string, bytes: Uint8Array, { exclusive = false } = {}): boolean {
  const unfinished = `${path}.${process.pid}.unfinished`;
  try {
    const handle = openSync(unfinished, 'w', 0o600);
    try {
      // Unlike writeSync it does not end with a part of the bytes when the disk is nearly full.
      writeFileSync(handle, bytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    // A link never replaces, so of two processes that make the file at the same time one wins and both use its file.
    if (exclusive) linkSync(unfinished, path);
    else renameSync(unfinished, path);
  } catch (error) {
    if (!exclusive || (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(unfinished, { force: true });
  }
  syncFolder(dirname(path));
  return true;
}

/** Puts `from` in the place of `to`, durable on return. */
export function replaceDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
}

/** Overwrites the bytes of a file where they lie, then removes it; what was in it is in no free block either, as far as the file system writes in place. */
export function shred(path: string): void {
  const handle = openSync(path, 'r+');
  try {
    writeSync(handle, Buffer.alloc(fstatSync(handle).size), 0, undefined, 0);
    fdatasyncSync(handle);
  } finally {
    closeSync(handle);
  }
  rmSync(path);
  syncFolder(dirname(path));
}

/** Makes the names in a folder durable. */
export function syncFolder(dir: string): void {
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
