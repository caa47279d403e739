import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StartupError } from '../../domain/errors.ts';
import { numberAt, PAGE_HEADER_BYTES, PageFlaw, treeRecordAt } from './page.ts';
import { assertTrees, type PageMap } from './tree-check.ts';

/**
 * Throws `StartupError` where `file` is not an intact LMDB data file; an absent or empty file is fine. LMDB itself ends the process (SIGSEGV,
 * SIGBUS) on a foreign, truncated or damaged file. `pages` has every page looked at, besides the first two; a file that other processes write
 * to all the time cannot be checked so.
 * Offsets are those of `MDB_meta` on the first two pages, data version 2 (lmdb-js 3.5).
 */
export function assertReadable(file: string, { pages = false } = {}): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    if (fstatSync(descriptor).size > 0) assertFile(descriptor, pages);
  } catch (error) {
    if (!(error instanceof PageFlaw)) throw error;
    throw new StartupError(
      `The store ${file} ${error.message}; restore a backup, or move the file away to begin anew.`,
    );
  } finally {
    closeSync(descriptor);
  }
}

function assertFile(descriptor: number, pages: boolean): void {
  const { newest, older } = readMaps(descriptor);
  if (!pages) return;
  try {
    assertOwnRoot(descriptor, newest, older.transaction === 0);
    assertTrees(descriptor, newest);
  } catch (error) {
    // Another program, which added a token, may have written meanwhile.
    if (readMaps(descriptor).newest.transaction === newest.transaction) throw error;
    assertFile(descriptor, pages);
  }
}

/** What the two meta pages say. */
function readMaps(descriptor: number): { newest: PageMap; older: PageMap } {
  const bytes = Buffer.alloc(MAX_PAGE_SIZE + META_BYTES);
  const head = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  const first = metaAt(head, 0);
  if (!first) throw new PageFlaw('is not an LMDB file or its first page is damaged');
  if (!isPageSize(first.pageSize)) throw new PageFlaw('has a damaged first page');
  const second = metaAt(head, first.pageSize);
  if (second?.pageSize !== first.pageSize) throw new PageFlaw('has a damaged second page');
  for (const { version, encrypted } of [first, second]) {
    if (version !== DATA_VERSION)
      throw new PageFlaw(`has LMDB data version ${version} where ${DATA_VERSION} is needed`);
    if (encrypted) throw new PageFlaw('is encrypted');
  }
  assertNumbered(first.transaction, second.transaction);
  const [newest, older] = first.transaction >= second.transaction ? [first, second] : [second, first];
  const size = fstatSync(descriptor).size;
  const needed = (newest.lastPage + 1) * first.pageSize;
  if (size < needed) throw new PageFlaw(`is truncated: ${size} of ${needed} bytes are there`);
  return { newest, older };
}

/** Transactions write the two pages in turn, but for the first after a copy; another number could bring back the state of before the last one. */
function assertNumbered(first: number, second: number): void {
  if (first !== 0 && (first % 2 !== 0 || Math.abs(first - second) !== 1))
    throw new PageFlaw('has meta pages that do not belong together');
}

/**
 * Every transaction writes the root of the tables anew: where the newer meta page has another number than its root, the older one was changed
 * to pass for the newer. The other way round cannot be told: lmdb itself puts the old number back when it cannot write a meta page, and the
 * commit that it undoes so was never acknowledged. In a copy the root has 1.
 */
function assertOwnRoot(
  descriptor: number,
  { main, pageSize, transaction }: PageMap,
  mayBeCopy: boolean,
): void {
  if (main.depth === 0) return;
  const header = Buffer.alloc(PAGE_HEADER_BYTES);
  readSync(descriptor, header, 0, header.length, main.root * pageSize);
  const written = numberAt(header, 8);
  if (written !== transaction && !(mayBeCopy && written === 1))
    throw new PageFlaw('has a meta page that does not belong to its tables');
}

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const MAX_PAGE_SIZE = 65_536;
const META_BYTES = 168;

interface Meta extends PageMap {
  readonly version: number;
  readonly encrypted: boolean;
}

function metaAt(bytes: Buffer, offset: number): Meta | undefined {
  if (bytes.length < offset + META_BYTES || bytes.readUInt32LE(offset + 24) !== MAGIC) return undefined;
  return {
    version: bytes.readUInt32LE(offset + 28),
    pageSize: bytes.readUInt32LE(offset + 48),
    encrypted: (bytes.readUInt16LE(offset + 52) & 0x2000) !== 0,
    free: treeRecordAt(bytes, offset + 48),
    main: treeRecordAt(bytes, offset + 96),
    lastPage: numberAt(bytes, offset + 144),
    transaction: numberAt(bytes, offset + 152),
  };
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= MAX_PAGE_SIZE && (size & (size - 1)) === 0;
}
