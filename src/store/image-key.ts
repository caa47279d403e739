import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FacegateError } from '../domain/errors.ts';

/** The key that seals kept images: 32 bytes. */
export interface ImageKey {
  /** The key; made and written durably where there is none yet and `mayMake` says so. Throws `internal` where it is missing or not a key. */
  read(options: { mayMake: boolean }): Buffer;
}

const KEY_BYTES = 32;

/**
 * The key from `credential` (64 hex digits; a systemd credential keeps it off the disk), else from the file `image.key` (mode 0600) in `dir`,
 * outside of the store's files, so that a copy of the store alone shows no image. Reads nothing before it is needed.
 */
export function createImageKey(dir: string, credential?: string): ImageKey {
  const file = join(dir, 'image.key');
  let known: Buffer | undefined;
  const find = (mayMake: boolean): Buffer => {
    if (credential !== undefined) return parse(credential, 'The credential FACEGATE_IMAGE_KEY');
    if (existsSync(file)) return parse(readFileSync(file, 'utf8'), file);
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

function parse(text: string, source: string): Buffer {
  const digits = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(digits)) return Buffer.from(digits, 'hex');
  throw new FacegateError('internal', `${source} must hold a key of 64 hex digits.`);
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
