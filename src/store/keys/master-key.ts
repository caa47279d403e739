import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { StartupError } from '../../domain/errors.ts';
import { replaceDurably, shred, writeDurably } from '../disk/durable-file.ts';
import { KEY_BYTES } from './cipher.ts';

/** The key that seals the keys of the store; `id` names it and tells nothing of it. */
export interface MasterKey {
  /** 16 hex digits. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** Where the master key is: 64 hex digits in a credential, else in a file (mode 0600) that is made at the first start. */
export interface MasterKeySource {
  readonly file: string;
  readonly credential?: string;
  /** The credential of before, to change from it. */
  readonly previousCredential?: string;
}

/** The master key and its change. */
export interface MasterKeyStore {
  /** Whether the key is a file of the store's own, so that the store may change it. */
  readonly isFile: boolean;
  /** The key that the store should be sealed with, then those that it may still be sealed with. Empty where there is none. */
  candidates(): MasterKey[];
  /** The credential, or the file, which is made where it is missing: durable on return. */
  make(): MasterKey;
  /** A fresh key beside the present one, durable on return. */
  prepareNext(): MasterKey;
  /** Destroys every key but the one of this id, which becomes the present one. */
  settle(id: string): void;
}

/** The keys of a source. Throws `StartupError` for a credential or a file that is no key. */
export function createMasterKeyStore({
  file,
  credential,
  previousCredential,
}: MasterKeySource): MasterKeyStore {
  const given = [
    ...keyIn(credential, 'The credential FACEGATE_STORE_KEY'),
    ...keyIn(previousCredential, 'The credential FACEGATE_STORE_KEY_OLD'),
  ];
  const next = `${file}.next`;
  const read = (path: string) => (existsSync(path) ? keyIn(readFileSync(path, 'utf8'), path) : []);
  if (credential !== undefined)
    return {
      isFile: false,
      candidates: () => given,
      make: () => given[0],
      prepareNext: () => {
        throw new Error('A key that comes from a credential is changed there.');
      },
      settle: () => undefined,
    };
  return {
    isFile: true,
    candidates: () => [...read(file), ...read(next)],
    make: () => {
      if (!existsSync(file)) writeDurably(file, textOf(randomBytes(KEY_BYTES)), { exclusive: true });
      return read(file)[0];
    },
    prepareNext: () => {
      const bytes = randomBytes(KEY_BYTES);
      writeDurably(next, textOf(bytes));
      return masterKey(bytes);
    },
    settle: id => {
      if (!existsSync(next)) return;
      const [{ id: nextId }] = read(next);
      if (nextId !== id) return shred(next);
      if (existsSync(file)) shred(file);
      replaceDurably(next, file);
    },
  };
}

function keyIn(text: string | undefined, place: string): MasterKey[] {
  // Zeros are what a crash leaves of a key that was being destroyed.
  if (text === undefined || /^\0*$/.test(text)) return [];
  const digits = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(digits)) return [masterKey(Buffer.from(digits, 'hex'))];
  throw new StartupError(`${place} must hold a key of 64 hex digits; put the right one back.`);
}

function masterKey(bytes: Buffer): MasterKey {
  const id = createHash('sha256').update('facegate master key\0').update(bytes).digest('hex').slice(0, 16);
  return { id, bytes };
}

function textOf(key: Buffer): Buffer {
  return Buffer.from(`${key.toString('hex')}\n`, 'latin1');
}
