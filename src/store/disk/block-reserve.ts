import { execFile, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Logger } from '../../platform/logger.ts';

/** Blocks that belong to a file already and hold nothing yet: it can grow into them when the disk is full. */
export interface BlockReserve {
  /** Call it after a write: begins to fill up a reserve that is half used, and returns at once. */
  replenish(): void;
  /** Waits for what `replenish` has begun. */
  close(): Promise<void>;
}

/** As much as is kept ahead of the data: some thousand deletions on a full disk. */
export const RESERVE_BYTES = 64 * 1024 * 1024;

const RETRY_MS = 60_000;
const TIMEOUT_MS = 10_000;

/**
 * Gives `file`, which must exist, `bytes` of blocks behind its end, and keeps them there as it grows. Node cannot preallocate, so the program
 * fallocate (util-linux) does it; where that fails the log says so, and the store still refuses to grow before the disk is full.
 */
export function openBlockReserve(options: {
  file: string;
  log: Logger;
  bytes?: number;
  now?: () => number;
}): BlockReserve {
  const { file, log, bytes = RESERVE_BYTES, now = () => performance.now() } = options;
  let filling: Promise<void> | undefined;
  let failedAt: number | undefined;

  const settle = (failure: string | undefined): void => {
    // A file system that compresses or shares blocks takes the call and keeps none.
    const reason = failure ?? (reserved(file) < bytes / 2 ? 'the file system keeps no blocks' : undefined);
    if (reason !== undefined && failedAt === undefined)
      log.warn(
        { reason, bytes },
        'No blocks could be reserved for the store; the daemon must restart if its disk becomes full.',
      );
    failedAt = reason === undefined ? undefined : now();
  };

  const fill = async (): Promise<void> => {
    settle(await failureOf(run('fallocate', argumentsFor(file, bytes), { timeout: TIMEOUT_MS })));
    filling = undefined;
  };

  const mayTry = () => failedAt === undefined || now() - failedAt >= RETRY_MS;

  if (reserved(file) < bytes) {
    const { error, status, stderr } = spawnSync('fallocate', argumentsFor(file, bytes), {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
    });
    settle(error?.message ?? (status === 0 ? undefined : stderr.trim()));
  }
  return {
    replenish: () => {
      if (!filling && mayTry() && reserved(file) < bytes / 2) filling = fill();
    },
    close: async () => filling,
  };
}

const run = promisify(execFile);
const BLOCK_BYTES = 512;

/** Bytes of blocks behind the end of the file; none where that cannot be told, because what is written is not to fail for it. */
function reserved(file: string): number {
  try {
    const { size, blocks } = statSync(file);
    return blocks * BLOCK_BYTES - size;
  } catch {
    return 0;
  }
}

/** From the beginning, so that holes get their blocks too; no byte and no size is changed, whatever is written meanwhile. */
function argumentsFor(file: string, bytes: number): string[] {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return ['--keep-size', '--length', String(size + bytes), file];
}

async function failureOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
