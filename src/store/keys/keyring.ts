import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FacegateError, StartupError } from '../../domain/errors.ts';
import { shred } from '../disk/durable-file.ts';
import { KEY_BYTES } from './cipher.ts';
import { createMasterKeyStore, type MasterKey, type MasterKeySource } from './master-key.ts';
import { createPersonKeys, type PersonKeys } from './person-keys.ts';
import { deriveSecrets, type Secrets } from './secrets.ts';
import { makeSlotFile, openSlotFile, type SlotFile } from './slot-file.ts';

/** All keys of a store. */
export interface Keyring {
  readonly secrets: Secrets;
  readonly persons: PersonKeys;
  /** Finishes or undoes a rotation that a crash cut short, and changes to a new credential where the old one was given. */
  recover(): Promise<void>;
  /**
   * A new master key: every key is sealed with it, then the old one is destroyed. Whenever the process ends, the store opens with
   * the key that is there. Throws `invalid_request` where the key is a credential.
   */
  rotate(): Promise<{ keyId: string }>;
  close(): Promise<void>;
}

/** Name of the file of person keys in the folder of the store. */
export const KEY_FILE = 'persons.keys';

/** The master key of the store in `dir`, where the caller names no other place. */
export function defaultKeySource(dir: string): MasterKeySource {
  return { file: join(dir, 'store.key') };
}

/**
 * Opens the keys of the store in `dir`; with `isNew` they are made where they are missing. Throws `StartupError` where a key is missing or not
 * the one that the store was sealed with.
 */
export function openKeyring(dir: string, source: MasterKeySource, { isNew }: { isNew: boolean }): Keyring {
  const path = join(dir, KEY_FILE);
  const masters = createMasterKeyStore(source);
  if (isNew && !existsSync(path)) makeSlotFile(path, masters.make(), randomBytes(KEY_BYTES), true);
  if (!existsSync(path))
    throw new StartupError(
      `${path} is missing, and nothing in the store can be read without it: restore a backup.`,
    );
  const file = openWithEither(path, () => masters.candidates(), source);
  const persons = createPersonKeys(path, file);
  let rotating = false;

  return {
    secrets: deriveSecrets(file.secret),
    persons,
    recover: async () => {
      if (existsSync(`${path}.next`)) shred(`${path}.next`);
      masters.settle(persons.masterId());
      const [wanted] = masters.candidates();
      if (wanted.id !== persons.masterId()) await persons.reseal(wanted);
    },
    rotate: async () => {
      if (!masters.isFile)
        throw new FacegateError(
          'invalid_request',
          'The key comes from a credential: put a new one into FACEGATE_STORE_KEY and the old one into FACEGATE_STORE_KEY_OLD, then restart.',
        );
      if (rotating)
        throw new FacegateError('overloaded', 'The key is being rotated already; ask again later.');
      rotating = true;
      try {
        await persons.reseal(masters.prepareNext());
        masters.settle(persons.masterId());
        return { keyId: persons.masterId() };
      } finally {
        rotating = false;
      }
    },
    close: () => persons.close(),
  };
}

/** Reads twice: a daemon beside may be between the two files of a rotation. */
function openWithEither(path: string, candidates: () => MasterKey[], { file }: MasterKeySource): SlotFile {
  const keys = candidates();
  if (keys.length === 0)
    throw new StartupError(
      `The key file ${file} is missing, and the store cannot be read without it: put it back, or give the key as the credential FACEGATE_STORE_KEY.`,
    );
  try {
    return openSlotFile(path, keys);
  } catch {
    return openSlotFile(path, candidates());
  }
}
