import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FacegateError, StartupError } from '../domain/errors.ts';

/** The key that seals kept images: 32 bytes. */
export interface ImageKey {
  /** The key; made and written durably where there is none yet and `mayMake` says so. Throws `internal` where it is missing or not a key. */
  read(options: { mayMake: boolean }): Buffer;
}

const KEY_BYTES = 32;

/**
 * The key from `credential` (64 hex digits; a systemd credential keeps it off the disk), else from the file `image.key` (mode 0600) in `dir`,
 * outside of the store's files, so that a copy of the store alone shows no image. Reads no file before it is needed. Throws StartupError for
 * a credential that is no key.
 */
export function createImageKey(dir: string, credential?: string): ImageKey {
  const file = join(dir, 'image.key');
  let known = credential === undefined ? undefined : keyOf(credential);
  if (credential !== undefined && known === undefined)
    throw new StartupError('The credential FACEGATE_IMAGE_KEY must hold a key of 64 hex digits.');
  const find = (mayMake: boolean): Buffer => {
    if (existsSync(file)) return readKey(file);
    if (mayMake) return make(file);
    throw new FacegateError('internal', `${file} is missing, and kept images cannot be read without it.`);
  };
  return {
    read: ({ mayMake }) => {
      known ??= find(mayMake);
      return known;
    },
  };
}

function readKey(file: string): Buffer {
  const key = keyOf(readFileSync(file, 'utf8'));
  if (key !== undefined) return key;
  throw new FacegateError('internal', `${file} must hold a key of 64 hex digits; put the right one back.`);
}

function keyOf(text: string): Buffer | undefined {
  const digits = text.trim();
  return /^[0-9a-fA-F]{64}$/.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

/** Durable before anything is sealed with it: an image without its key is lost. */
function make(file: string): Buffer {
  const key = randomBytes(KEY_BYTES);
  const unfinished = `${file}.new`;
  const handle = openSync(unfinished, 'w', 0o600);
  try {
    writeSync(handle, `${key.toString('hex')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(unfinished, file);
  const folder = openSync(join(file, '..'), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return key;
}
