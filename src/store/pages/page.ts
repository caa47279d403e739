/** A flaw in the pages of an LMDB file; the message goes on after "The store ... ". */
export class PageFlaw extends Error {}

/** A tree of pages as `MDB_db` describes it: 48 bytes, little endian. */
export interface TreeRecord {
  readonly flags: number;
  /** Levels; 0 where it is empty. */
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  readonly root: number;
}

/** Bytes of a `TreeRecord`. */
export const TREE_RECORD_BYTES = 48;

/** Bytes of the header of a page: its number u64, transaction u64, pad u16, kind u16, then lower and upper u16, or overflow pages u32. */
export const PAGE_HEADER_BYTES = 24;

/** The kind of pages with keys and the pages below them. */
export const BRANCH = 1;

/** The kind of pages with keys and values. */
export const LEAF = 2;

/** A key with what belongs to it, as offsets in its page. */
export interface PageNode {
  readonly keyAt: number;
  readonly keyEnd: number;
  /** The page below; on branch pages. */
  readonly child: number;
  /** On leaf pages: whether the value is on overflow pages or is a `TreeRecord`. */
  readonly kind: 'value' | 'overflow' | 'tree';
  readonly dataAt: number;
  /** Bytes of the value, wherever it is. */
  readonly dataBytes: number;
}

const NODE_HEADER_BYTES = 8;
const OVERFLOW_RECORD_BYTES = 24;
const KINDS = ['value', 'overflow', 'tree'] as const;

/** The record at `at`. */
export function treeRecordAt(bytes: Buffer, at: number): TreeRecord {
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branchPages: numberAt(bytes, at + 8),
    leafPages: numberAt(bytes, at + 16),
    overflowPages: numberAt(bytes, at + 24),
    entries: numberAt(bytes, at + 32),
    root: numberAt(bytes, at + 40),
  };
}

/** The 64-bit number at `at`, exact up to 2^53. */
export function numberAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

/** The nodes of a branch or leaf page in the order of their keys. Throws `PageFlaw` where they do not fill their part of the page exactly. */
export function nodesOf(page: Buffer, kind: typeof BRANCH | typeof LEAF): PageNode[] {
  const [lower, upper] = [page.readUInt16LE(20), page.readUInt16LE(22)];
  const room = page.length - PAGE_HEADER_BYTES;
  if (lower === 0 || lower % 2 !== 0 || lower > upper || upper > room)
    throw new PageFlaw('has a page with impossible bounds');
  const nodes: PageNode[] = [];
  const ends = new Map<number, number>();
  for (let at = 0; at < lower; at += 2) {
    const start = page.readUInt16LE(PAGE_HEADER_BYTES + at);
    if (start < upper || start + NODE_HEADER_BYTES > room)
      throw new PageFlaw('has a page with a stray record');
    const { node, bytes } = nodeAt(page, PAGE_HEADER_BYTES + start, kind);
    ends.set(start, start + bytes);
    nodes.push(node);
  }
  let end = upper;
  for (let count = 0; count < nodes.length; count++) end = ends.get(end) ?? room + 1;
  if (end !== room) throw new PageFlaw('has a page whose records do not fit together');
  return nodes;
}

function nodeAt(page: Buffer, at: number, kind: number): { node: PageNode; bytes: number } {
  const low = page.readUInt32LE(at);
  const flags = page.readUInt16LE(at + 4);
  const keyAt = at + NODE_HEADER_BYTES;
  const keyEnd = keyAt + page.readUInt16LE(at + 6);
  if (kind === BRANCH) {
    const node = {
      keyAt,
      keyEnd,
      child: low + flags * 2 ** 32,
      kind: 'value',
      dataAt: keyEnd,
      dataBytes: 0,
    } as const;
    return { node, bytes: even(keyEnd - at) };
  }
  const value = KINDS[flags];
  if (!value) throw new PageFlaw('has a record of an unknown kind');
  const stored = value === 'overflow' ? OVERFLOW_RECORD_BYTES : low;
  const dataEnd = keyEnd + stored;
  return {
    node: { keyAt, keyEnd, child: 0, kind: value, dataAt: keyEnd, dataBytes: low },
    bytes: even(dataEnd - at),
  };
}

function even(bytes: number): number {
  return bytes + (bytes % 2);
}
