import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../../domain/errors.ts';
import { replaceDurably } from '../disk/durable-file.ts';
import { KEY_BYTES } from './cipher.ts';
import type { MasterKey } from './master-key.ts';
import { type KeyMaterial, makeSlotFile, openSlotFile, type SlotFile } from './slot-file.ts';

/** A person's data key and the slot that holds it. */
export interface PersonKey {
  readonly slot: number;
  readonly key: Buffer;
}

/** The data keys of all persons: whose key is erased is unreadable in every page and every copy that lacks the key. */
export interface PersonKeys {
  /** Names the master key. */
  masterId(): string;
  /** Whether any slot holds a key. */
  isInUse(): boolean;
  /** A fresh key that is durable already; at once, unless none is ready. Throws `storage_full` where none can be made. */
  take(): PersonKey | Promise<PersonKey>;
  /** Takes back a key that nothing was sealed with. */
  giveBack(key: PersonKey): void;
  /** The key of a slot; undefined where it is gone. */
  read(slot: number): Buffer | undefined;
  /** All keys as they are now, for another thread. */
  material(): KeyMaterial;
  /** Overwrites the key; it is gone for good when resolved. */
  erase(slot: number): Promise<void>;
  /**
   * Overwrites every slot that is not in use: what a crash has left behind. Only the first call does; it must come before the first change
   * of a person, or a slot that is being erased could be given away.
   */
  sweep(used: () => ReadonlySet<number>): Promise<void>;
  /** Seals all keys with another master key while the others go on; durable when resolved. */
  reseal(master: MasterKey): Promise<void>;
  /** The whole file as it is now, for a backup. */
  copy(): Buffer;
  close(): Promise<void>;
}

/** Keys that lie ready, so that no enrollment waits for the disk twice. */
const READY = 256;
/** Keys that are sealed anew in one turn of the event loop: some milliseconds. */
const RESEALED = 256;

/** The keys in the slots of the file at `path`, which `slotFile` has open. */
export function createPersonKeys(path: string, slotFile: SlotFile): PersonKeys {
  let current = slotFile;
  /** The file that takes the place of the current one; whatever is written goes into both. */
  let coming: SlotFile | undefined;
  let retiring: Promise<void> = Promise.resolve();
  let refilling: Promise<void> | undefined;
  let slots = current.count();
  const ready: PersonKey[] = [];
  const free: number[] = [];
  let swept: Promise<void> | undefined;

  const sync = async (): Promise<void> => {
    await Promise.all([current.sync(), coming?.sync()]);
  };

  const clear = (slot: number): void => {
    current.clear(slot);
    coming?.clear(slot);
  };

  const refill = async (): Promise<void> => {
    const fresh: PersonKey[] = [];
    try {
      while (ready.length + fresh.length < READY) {
        const key = { slot: free.pop() ?? slots++, key: randomBytes(KEY_BYTES) };
        fresh.push(key);
        current.write(key.slot, key.key);
        coming?.write(key.slot, key.key);
      }
      await sync();
      ready.push(...fresh);
    } catch (cause) {
      for (const { slot } of fresh) free.push(slot);
      throw new FacegateError('storage_full', 'The disk takes no more keys for persons; free some space.', {
        cause,
      });
    }
  };

  const refillOnce = (): Promise<void> => {
    refilling ??= refill().finally(() => {
      refilling = undefined;
    });
    return refilling;
  };

  const takeLater = async (): Promise<PersonKey> => {
    for (;;) {
      await refillOnce();
      const key = ready.pop();
      if (key) return key;
    }
  };

  const sweepOnce = async (used: ReadonlySet<number>): Promise<void> => {
    for (let slot = slots - 1; slot >= 0; slot--) {
      if (used.has(slot)) continue;
      if (!current.isFree(slot)) clear(slot);
      free.push(slot);
    }
    // A store that is full must open: it is searched and deleted from all the same.
    await refillOnce().catch(() => undefined);
  };

  return {
    isInUse: () => {
      for (let slot = 0; slot < slots; slot++) if (!current.isFree(slot)) return true;
      return false;
    },
    masterId: () => current.master.id,
    take: () => {
      const key = ready.pop();
      // Whoever comes when none is left is told of a failure.
      if (ready.length < READY / 2) refillOnce().catch(() => undefined);
      return key ?? takeLater();
    },
    giveBack: key => void ready.push(key),
    read: slot => current.read(slot),
    material: () => current.material(),
    erase: async slot => {
      clear(slot);
      await sync();
      await retiring;
      free.push(slot);
    },
    sweep: used => {
      swept ??= sweepOnce(used());
      return swept;
    },
    reseal: async master => {
      const next = `${path}.next`;
      makeSlotFile(next, master, current.secret, false);
      coming = openSlotFile(next, [master]);
      try {
        for (let slot = 0; slot < slots; slot++) {
          const key = current.read(slot);
          if (key) coming.write(slot, key);
          if (slot % RESEALED === RESEALED - 1) await setImmediate();
        }
        await sync();
      } catch (error) {
        const unfinished = coming;
        coming = undefined;
        // It holds the keys of persons who may be deleted after this.
        await unfinished.wipe().catch(() => undefined);
        await unfinished.close();
        throw error;
      }
      replaceDurably(next, path);
      const replaced = current;
      current = coming;
      coming = undefined;
      retiring = replaced.wipe().finally(() => replaced.close());
      await retiring;
    },
    copy: () => current.bytes(),
    close: async () => {
      await refilling?.catch(() => undefined);
      await current.close();
    },
  };
}
