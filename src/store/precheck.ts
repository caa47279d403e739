import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StartupError } from '../domain/errors.ts';

/**
 * Throws `StartupError` where `file` is not an intact LMDB data file; an absent or empty file is fine.
 * LMDB itself ends the process (SIGSEGV, SIGBUS) on a foreign or truncated file.
 * Offsets are those of `MDB_meta` on the first two pages, data version 2 (lmdb-js 3.5).
 */
export function assertReadable(file: string): void {
  const head = readHead(file);
  const flaw = head && head.size > 0 ? flawOf(head) : undefined;
  if (flaw === undefined) return;
  throw new StartupError(`The store ${file} ${flaw}; restore a backup, or move the file away to begin anew.`);
}

function flawOf({ bytes, size }: Head): string | undefined {
  const first = metaAt(bytes, 0);
  if (!first) return 'is not an LMDB file or its first page is damaged';
  if (!isPageSize(first.pageSize)) return 'has a damaged first page';
  const second = metaAt(bytes, first.pageSize);
  if (second?.pageSize !== first.pageSize) return 'has a damaged second page';
  for (const { version, encrypted } of [first, second]) {
    if (version !== DATA_VERSION) return `has LMDB data version ${version} where ${DATA_VERSION} is needed`;
    if (encrypted) return 'is encrypted';
  }
  const newest = first.transaction >= second.transaction ? first : second;
  const needed = (newest.lastPage + 1) * first.pageSize;
  return size < needed ? `is truncated: ${size} of ${needed} bytes are there` : undefined;
}

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const MAX_PAGE_SIZE = 65_536;
const META_BYTES = 168;

interface Meta {
  readonly version: number;
  readonly pageSize: number;
  readonly encrypted: boolean;
  readonly lastPage: number;
  readonly transaction: number;
}

interface Head {
  readonly bytes: Buffer;
  /** Bytes of the whole file. */
  readonly size: number;
}

function readHead(file: string): Head | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(MAX_PAGE_SIZE + META_BYTES);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    return { bytes: bytes.subarray(0, length), size: fstatSync(descriptor).size };
  } finally {
    closeSync(descriptor);
  }
}

function metaAt(bytes: Buffer, offset: number): Meta | undefined {
  if (bytes.length < offset + META_BYTES || bytes.readUInt32LE(offset + 24) !== MAGIC) return undefined;
  return {
    version: bytes.readUInt32LE(offset + 28),
    pageSize: bytes.readUInt32LE(offset + 48),
    encrypted: (bytes.readUInt16LE(offset + 52) & 0x2000) !== 0,
    lastPage: Number(bytes.readBigUInt64LE(offset + 144)),
    transaction: Number(bytes.readBigUInt64LE(offset + 152)),
  };
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= MAX_PAGE_SIZE && (size & (size - 1)) === 0;
}
