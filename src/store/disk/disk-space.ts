import { statfsSync } from 'node:fs';
import { FacegateError } from '../../domain/errors.ts';

/** Bytes of the filesystem that holds the store. */
export interface DiskSpace {
  readonly free: number;
  readonly total: number;
}

const RESERVE_BYTES = 64 * 1024 * 1024;
const RESERVE_SHARE = 0.02;

/** Space that this process may use on the filesystem of `dir`, and its size, in bytes. */
export function diskSpace(dir: string): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(dir);
  return { free: bavail * bsize, total: blocks * bsize };
}

/** Throws `storage_full` when less than 64 MiB + 2 % of the disk is free: a commit that meets a full disk damages lmdb's heap. */
export function assertRoom({ free, total }: DiskSpace): void {
  const needed = reserveOf({ total });
  if (free >= needed) return;
  throw new FacegateError(
    'storage_full',
    `Only ${mebibytes(free)} MiB are free on the store's disk and ${mebibytes(needed)} MiB are kept in reserve; free some space or delete persons.`,
  );
}

/** Bytes that must stay free on a disk of this size. */
export function reserveOf({ total }: Pick<DiskSpace, 'total'>): number {
  return RESERVE_BYTES + RESERVE_SHARE * total;
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / (1024 * 1024));
}
