import { createSecretKey, type KeyObject } from 'node:crypto';
import { closeSync, fdatasync, fstatSync, openSync, readSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { StartupError } from '../../domain/errors.ts';
import { writeDurably } from '../disk/durable-file.ts';
import { KEY_BYTES, SEAL_BYTES, seal, unseal } from './cipher.ts';
import type { MasterKey } from './master-key.ts';

/**
 * Keys in slots of fixed size, each sealed with the master key and its own number; overwritten where they lie, because LMDB
 * leaves what it frees readable. Layout, little endian: magic, version u32, id of the master key, the sealed secret, zeros up
 * to 128 bytes; then 64 bytes a slot: the sealed key, zeros. A free slot is all zeros.
 */
export interface SlotFile {
  readonly master: MasterKey;
  /** The store's own secret. */
  readonly secret: Buffer;
  count(): number;
  isFree(slot: number): boolean;
  /** The key of a slot; undefined for a free one, or one that was tampered with. */
  read(slot: number): Buffer | undefined;
  /** All keys as they are now, for another thread. */
  material(): KeyMaterial;
  /** Durable after the next `sync`; the file grows where it must. */
  write(slot: number, key: Buffer): void;
  /** Zeros a slot; durable after the next `sync`. */
  clear(slot: number): void;
  /** Zeros everything, durable when resolved: for a file that was replaced. */
  wipe(): Promise<void>;
  /** Resolves when all that was written before is durable. */
  sync(): Promise<void>;
  /** All bytes, as they are now. */
  bytes(): Buffer;
  close(): Promise<void>;
}

/** The keys of a store as they are in its file, and what opens them. */
export interface KeyMaterial {
  readonly master: Uint8Array;
  readonly secret: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Makes the file, without any key in its slots; false where there is one. */
export function makeSlotFile(path: string, master: MasterKey, secret: Buffer, exclusive: boolean): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt32LE(VERSION, VERSION_AT);
  header.write(master.id, ID_AT, 'hex');
  header.set(seal(master.bytes, identityOf('secret'), secret), SECRET_AT);
  return writeDurably(path, header, { exclusive });
}

/** Opens the file with that one of `masters` that sealed it. Throws `StartupError` where none did, or the file is none or is damaged. */
export function openSlotFile(path: string, masters: readonly MasterKey[]): SlotFile {
  const handle = openSync(path, 'r+');
  try {
    const { master, secret } = openHeader(path, handle, masters);
    return slotFile(handle, master, secret);
  } catch (error) {
    closeSync(handle);
    throw error;
  }
}

/** The id of the master key that sealed the file with these bytes. */
export function masterIdOf(bytes: Buffer): string {
  return bytes.toString('hex', ID_AT, SECRET_AT);
}

/** The key of a slot, as `SlotFile.read` has it. */
export function createSlotReader({ master, bytes }: KeyMaterial): (slot: number) => Buffer | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const key = createSecretKey(master);
  return slot => keyIn(file.subarray(slotAt(slot), slotAt(slot) + SEALED_BYTES), key, slot);
}

const MAGIC = 'FACEKEYS';
const VERSION = 1;
const VERSION_AT = 8;
const ID_AT = 16;
const SECRET_AT = 24;
const HEADER_BYTES = 128;
const SLOT_BYTES = 64;
const SEALED_BYTES = SEAL_BYTES + KEY_BYTES;
const WIPE_BYTES = 1024 * 1024;
const syncData = promisify(fdatasync);
const writeAt = promisify(write);

function openHeader(path: string, handle: number, masters: readonly MasterKey[]) {
  const header = Buffer.alloc(HEADER_BYTES);
  const length = readSync(handle, header, 0, HEADER_BYTES, 0);
  if (length < HEADER_BYTES || header.toString('latin1', 0, VERSION_AT) !== MAGIC)
    throw new StartupError(`${path} is not a file of keys, or is damaged: restore a backup.`);
  const version = header.readUInt32LE(VERSION_AT);
  if (version !== VERSION)
    throw new StartupError(
      `${path} was written by another facegate (version ${version}, this one knows ${VERSION}); install that version again.`,
    );
  const id = masterIdOf(header);
  const master = masters.find(each => each.id === id);
  if (!master)
    throw new StartupError(
      `The store is sealed with the key ${id} and the key given is ${masters.map(each => each.id).join(', ')}: put the right key back.`,
    );
  const sealed = header.subarray(SECRET_AT, SECRET_AT + SEALED_BYTES);
  const secret = unseal(master.bytes, identityOf('secret'), sealed);
  if (!secret) throw new StartupError(`${path} was damaged or tampered with: restore a backup.`);
  return { master, secret };
}

function slotFile(handle: number, master: MasterKey, secret: Buffer): SlotFile {
  const masterKey = createSecretKey(master.bytes);
  const sync = createSync(() => syncData(handle));
  const count = () => Math.floor((fstatSync(handle).size - HEADER_BYTES) / SLOT_BYTES);
  const bytes = () => {
    const all = Buffer.alloc(fstatSync(handle).size);
    readSync(handle, all, 0, all.length, 0);
    return all;
  };
  return {
    master,
    secret,
    count,
    isFree: slot => {
      const filled = Buffer.alloc(SLOT_BYTES);
      readSync(handle, filled, 0, SLOT_BYTES, slotAt(slot));
      return filled.equals(FREE);
    },
    read: slot => {
      const sealed = Buffer.alloc(SEALED_BYTES);
      if (readSync(handle, sealed, 0, SEALED_BYTES, slotAt(slot)) < SEALED_BYTES) return undefined;
      return keyIn(sealed, masterKey, slot);
    },
    material: () => ({ master: master.bytes, secret, bytes: bytes() }),
    write: (slot, key) => {
      const filled = Buffer.alloc(SLOT_BYTES);
      filled.set(seal(master.bytes, identityOf(String(slot)), key));
      writeSync(handle, filled, 0, SLOT_BYTES, slotAt(slot));
    },
    clear: slot => {
      writeSync(handle, Buffer.alloc(SLOT_BYTES), 0, SLOT_BYTES, slotAt(slot));
    },
    wipe: async () => {
      const zeros = Buffer.alloc(WIPE_BYTES);
      for (let from = 0, end = fstatSync(handle).size; from < end; from += WIPE_BYTES)
        await writeAt(handle, zeros, 0, Math.min(WIPE_BYTES, end - from), from);
      await sync();
    },
    sync,
    bytes,
    close: async () => {
      await sync();
      closeSync(handle);
    },
  };
}

function slotAt(slot: number): number {
  return HEADER_BYTES + slot * SLOT_BYTES;
}

function keyIn(sealed: Buffer, master: KeyObject, slot: number): Buffer | undefined {
  // The zeros of a free slot do not open either.
  return unseal(master, identityOf(String(slot)), sealed);
}

const FREE = Buffer.alloc(SLOT_BYTES);

function identityOf(what: string): Buffer {
  return Buffer.from(`facegate key ${VERSION} ${what}`, 'latin1');
}

/** Everyone who asks while one sync runs shares the next: theirs may have been too late for the one that runs. */
function createSync(sync: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    running = sync().finally(() => {
      running = undefined;
    });
    return running;
  };
  return () => {
    if (!running) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}
