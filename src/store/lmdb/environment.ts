import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ABORT } from 'lmdb';
import { FacegateError } from '../../domain/errors.ts';
import type { Logger } from '../../platform/logger.ts';
import { openBlockReserve } from '../disk/block-reserve.ts';
import { assertRoom, type DiskSpace, reserveOf } from '../disk/disk-space.ts';
import { watchCommit } from './commit-watch.ts';
import { isOnNewestCommit } from './newest-commit.ts';
import { codeOf, openFiles, restrict } from './open-files.ts';
import { settleCopy } from './settle-copy.ts';
import { openTable, type Table } from './table.ts';

/** How writes get on; times in milliseconds. */
export interface WriteProgress {
  /** How long the oldest write under way has taken, 0 where there is none. */
  readonly pendingMs: number;
  /** How long ago one became durable, or the environment was opened. */
  readonly sinceDurableMs: number;
  /** Free bytes on the disk, and whether they are too few for writes that need room. */
  readonly free: number;
  readonly isFull: boolean;
}

/** One LMDB environment: the only place where writes are made durable. */
export interface Environment {
  table(name: string): Table;
  /** The tables that are there. */
  tableNames(): string[];
  /**
   * Runs `work` in one transaction that is written wholly or not at all, and resolves when it is durable.
   * What `work` throws undoes the transaction and is passed on. `needsRoom` refuses with `storage_full`
   * before the disk is full; leave it out for what frees space.
   */
  write<T>(work: () => T, options?: { needsRoom?: boolean }): Promise<T>;
  /**
   * Takes no more writes, and undoes those that have begun. Call it before the process ends itself.
   */
  halt(): Promise<void>;
  /** How writes get on. */
  progress(): WriteProgress;
  /** Makes the next read see what other processes have committed. */
  refresh(): void;
  /** Writes a consistent, compacted copy into the folder `dir`, which is made. */
  backup(dir: string): Promise<void>;
  /** Waits for the writes that have begun; later ones are refused with `not_ready`. */
  close(): Promise<void>;
}

/**
 * Opens (or makes) the environment in `dir`. Throws `StartupError` where the files are damaged or cannot be used.
 * `onFatal` is called once, on the first failed commit: lmdb 3.5.6 corrupts its heap when it goes on after one
 * (research: reliability.md 0.1), so the process must end. The `owner` looks at every page first. `reserveBytes` of blocks are kept ahead of the data, so that what is written in
 * spite of a full disk does not fail. `onCommit` is told how long each write took, in milliseconds.
 */
export function openEnvironment(options: {
  dir: string;
  log: Logger;
  onFatal: (error: Error) => void;
  space: (dir: string) => DiskSpace;
  owner?: boolean;
  reserveBytes?: number;
  onCommit?: (ms: number) => void;
}): Environment {
  const { dir, log, onFatal, space, owner = false, reserveBytes: bytes = 0, onCommit } = options;
  const root = openFiles(dir, { owner, space });
  const reserve = bytes > 0 ? openBlockReserve({ file: join(dir, 'data.mdb'), log, bytes }) : undefined;
  /** With the time at which each began. */
  const underway = new Map<Promise<unknown>, number>();
  let durableAt = performance.now();
  let failed = false;
  let hasWritten = false;
  let closed = false;

  /** The end of the process waits for lmdb's thread, and that for the main thread to run the transactions that wait. */
  const settled = async (): Promise<void> => {
    await Promise.race([
      Promise.allSettled(underway.keys()),
      sleep(LONGEST_END_MS, undefined, { ref: false }),
    ]);
  };

  const fail = async (error: unknown): Promise<FacegateError> => {
    const isFirst = !failed;
    failed = true;
    const reason = await reasonOf(error);
    const failure = new FacegateError('internal', 'The store cannot be written; the daemon must restart.', {
      cause: reason,
    });
    if (isFirst) {
      log.error({ code: codeOf(reason) }, 'A commit failed; the store takes nothing more.');
      await settled();
      onFatal(failure);
    }
    return failure;
  };

  /** Undefined where the transaction was not run, as it would not have gone on from the newest commit. */
  const attempt = async <T>(work: () => T, needsRoom: boolean): Promise<{ value: T } | undefined> => {
    if (closed) throw new FacegateError('not_ready', 'The store is closed.');
    if (failed) throw hasFailed();
    if (needsRoom) assertRoom(space(dir));
    try {
      if (!hasWritten) settleCopy(root);
      hasWritten = true;
    } catch (error) {
      throw await fail(error);
    }
    let outcome: { value: T } | { thrown: unknown } | undefined;
    let isBehind = false;
    const transaction = root.childTransaction(() => {
      // It began before another commit failed: nothing may be written any more.
      if (failed) return ABORT;
      isBehind = !isOnNewestCommit(root);
      if (isBehind) return ABORT;
      try {
        outcome = { value: work() };
        return undefined;
      } catch (thrown) {
        outcome = { thrown };
        return ABORT;
      }
    });
    const began = performance.now();
    underway.set(transaction, began);
    const ended = watchCommit(() => void fail(new Error('lmdb does not end a commit')));
    try {
      await transaction;
    } catch (error) {
      throw await fail(error);
    } finally {
      ended();
      underway.delete(transaction);
    }
    if (isBehind) return undefined;
    durableAt = performance.now();
    onCommit?.(durableAt - began);
    reserve?.replenish();
    if (outcome === undefined && failed) throw hasFailed();
    if (outcome === undefined) throw await fail(new Error('lmdb resolved a transaction that it had not run'));
    if ('value' in outcome) return outcome;
    if (isStoreFailure(outcome.thrown)) throw await fail(outcome.thrown);
    throw outcome.thrown;
  };

  const write = async <T>(work: () => T, { needsRoom = false } = {}): Promise<T> => {
    for (const deadline = performance.now() + LONGEST_BEHIND_MS; ; await sleep(BEHIND_PAUSE_MS)) {
      const outcome = await attempt(work, needsRoom);
      if (outcome) return outcome.value;
      if (performance.now() > deadline)
        throw await fail(new Error('lmdb does not go on from the newest commit'));
    }
  };

  return {
    table: name => openTable(root, name),
    tableNames: () => [...root.getKeys()].map(key => key.toString('utf8').replace(/\0$/, '')),
    write,
    halt: async () => {
      failed = true;
      await settled();
    },
    progress: () => {
      const now = performance.now();
      const [oldest = now] = underway.values();
      const { free, total } = space(dir);
      const isFull = free < reserveOf({ total });
      return { pendingMs: now - oldest, sinceDurableMs: now - durableAt, free, isFull };
    },
    refresh: () => root.resetReadTxn(),
    backup: async target => {
      mkdirSync(target, { recursive: true, mode: 0o700 });
      await root.backup(target, true);
      restrict(target);
    },
    close: async () => {
      closed = true;
      // After a failed commit lmdb's close may crash, or never end.
      if (!failed) await root.close();
      await reserve?.close();
    },
  };
}

/** Whether a rejection, also one that nobody handled, comes from a failed commit of lmdb: the process must then end. */
export function isStoreFailure(reason: unknown): boolean {
  return (
    reason instanceof Error &&
    ('commitError' in reason || typeof (reason as { code?: unknown }).code === 'number')
  );
}

/** How long a process that opens the environment may take to set the newest commit right; a restart does the same. */
const LONGEST_BEHIND_MS = 2000;
const BEHIND_PAUSE_MS = 5;

/** How long what waits may take when the process must end. */
const LONGEST_END_MS = 1000;

function hasFailed(): FacegateError {
  return new FacegateError('internal', 'The store has failed; the daemon must restart.');
}

/** lmdb tells the errno in a second promise; unhandled, it would end the process before anyone can say why. */
function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  if (commitError === undefined) return Promise.resolve(error);
  const told = commitError.catch((reason: unknown) => reason);
  const nextTurn = new Promise<unknown>(resolve => setImmediate(resolve, error));
  return Promise.race([told, nextTurn]);
}
