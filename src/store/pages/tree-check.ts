import { readSync } from 'node:fs';
import {
  BRANCH,
  LEAF,
  nodesOf,
  numberAt,
  PAGE_HEADER_BYTES,
  PageFlaw,
  type PageNode,
  TREE_RECORD_BYTES,
  type TreeRecord,
  treeRecordAt,
} from './page.ts';

/** What a meta page says of the pages behind it. */
export interface PageMap {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
  /** Pages that may be written again. */
  readonly free: TreeRecord;
  /** The tables by their names. */
  readonly main: TreeRecord;
}

/** Of the tree of free pages: whole numbers as keys, and what lmdb-js notes of how the file was opened. */
const FREE_FLAGS = 8;
const OPENING_FLAGS = 0x1000;
const NO_PAGE = 2 ** 64;
const MAX_DEPTH = 32;
const NOTHING = Buffer.alloc(0);

/**
 * Reads every branch and leaf page of an LMDB file (data version 2) and throws `PageFlaw` unless the trees hold together: each page is where it
 * says, full and in order, used once and not free. LMDB believes its pages: a damaged one crashes the process, hides records, or has others
 * written over. What is in the values is checked by whoever opens them.
 */
export function assertTrees(descriptor: number, map: PageMap): void {
  const { pageSize, lastPage, transaction } = map;
  const used = new Uint8Array(lastPage + 1);
  const levels: Buffer[] = [];

  const use = (page: number, count = 1): void => {
    if (!(page >= 2 && count >= 1 && page + count - 1 <= lastPage))
      throw new PageFlaw('refers to a page that is not there');
    for (let at = page; at < page + count; at++) {
      if (used[at] !== 0) throw new PageFlaw('uses a page twice');
      used[at] = 1;
    }
  };

  const read = (page: number, into: Buffer): Buffer => {
    if (readSync(descriptor, into, 0, into.length, page * pageSize) < into.length)
      throw new PageFlaw('is truncated');
    if (numberAt(into, 0) !== page || numberAt(into, 8) > transaction)
      throw new PageFlaw('has a page in the place of another');
    return into;
  };

  const bufferFor = (level: number): Buffer => {
    levels[level] ??= Buffer.allocUnsafe(pageSize);
    return levels[level];
  };

  /** Uses the value's pages, and reads them where they are `wanted`. */
  const useOverflow = (page: Buffer, { dataAt, dataBytes }: PageNode, wanted: boolean) => {
    const first = numberAt(page, dataAt);
    const count = Math.ceil((PAGE_HEADER_BYTES + dataBytes) / pageSize);
    if (numberAt(page, dataAt + 16) !== count) throw new PageFlaw('has a value whose pages do not fit');
    use(first, count);
    if (!wanted) return { count, value: NOTHING };
    const pages = read(first, Buffer.allocUnsafe(count * pageSize));
    return { count, value: pages.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + dataBytes) };
  };

  const walkTree = (tree: TreeRecord, compare: Compare, visit: Visit, wanted = false, base = 0): void => {
    const counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    const walk = (number: number, level: number, low: Bound, high: Bound): void => {
      use(number);
      const page = read(number, bufferFor(base + level));
      const kind = level + 1 === tree.depth ? LEAF : BRANCH;
      if (page.readUInt16LE(18) !== kind) throw new PageFlaw('has a page of the wrong kind');
      const nodes = nodesOf(page, kind);
      if (kind === BRANCH) counts.branchPages++;
      else counts.leafPages++;
      assertOrder({ page, nodes, low, high, isBranch: kind === BRANCH }, compare);
      for (let at = 0; at < nodes.length; at++) {
        const node = nodes[at];
        if (kind === LEAF) visitLeaf(page, node);
        else {
          const next = nodes[at + 1];
          walk(node.child, level + 1, at === 0 ? low : { page, node }, next ? { page, node: next } : high);
        }
      }
    };
    const visitLeaf = (page: Buffer, node: PageNode): void => {
      counts.entries++;
      if (node.kind === 'overflow') {
        const { count, value } = useOverflow(page, node, wanted);
        counts.overflowPages += count;
        visit(page, node, value);
      } else visit(page, node, wanted ? page.subarray(node.dataAt, node.dataAt + node.dataBytes) : NOTHING);
    };
    if (tree.depth > MAX_DEPTH || (tree.depth === 0) !== (tree.root === NO_PAGE))
      throw new PageFlaw('has a table of impossible depth');
    if (tree.depth > 0) walk(tree.root, 0, undefined, undefined);
    for (const [name, count] of Object.entries(counts))
      if (tree[name as keyof typeof counts] !== count) throw new PageFlaw('has a table that misses a part');
  };

  if ((map.free.flags & ~OPENING_FLAGS) !== FREE_FLAGS || map.main.flags !== 0)
    throw new PageFlaw('has a meta page with impossible flags');
  walkTree(map.main, compareBytes, (page, node) => {
    if (node.kind !== 'tree') return;
    if (node.dataBytes !== TREE_RECORD_BYTES) throw new PageFlaw('has a damaged list of tables');
    const table = treeRecordAt(page, node.dataAt);
    if (table.flags !== 0) throw new PageFlaw('has a table with impossible flags');
    walkTree(table, compareBytes, assertValue, false, MAX_DEPTH);
  });
  walkTree(
    map.free,
    compareNumbers,
    (page, node, value) => {
      if (node.keyEnd - node.keyAt !== 8 || numberAt(page, node.keyAt) > transaction)
        throw new PageFlaw('has a damaged list of free pages');
      for (const [first, count] of freePages(value)) use(first, count);
    },
    true,
  );
}

type Bound = { readonly page: Buffer; readonly node: PageNode } | undefined;
type Compare = (a: NonNullable<Bound>, b: NonNullable<Bound>) => number;
type Visit = (page: Buffer, node: PageNode, value: Buffer) => void;

/** Keys ascend, from `low` on and below `high`; the first key of a branch page is empty and stands for everything before the second. */
function assertOrder(
  keys: { page: Buffer; nodes: readonly PageNode[]; low: Bound; high: Bound; isBranch: boolean },
  compare: Compare,
): void {
  const { page, nodes, low, high, isBranch } = keys;
  const first = isBranch ? 1 : 0;
  let before = low;
  for (let at = first; at < nodes.length; at++) {
    const own = { page, node: nodes[at] };
    const order = before ? compare(before, own) : -1;
    if (order > 0 || (order === 0 && at > first)) throw new PageFlaw('has keys out of order');
    before = own;
  }
  if (nodes.length > first && before && high && compare(before, high) >= 0)
    throw new PageFlaw('has keys out of order');
}

/** Faster than `Buffer.compare` for keys, most of which differ in their first bytes. */
function compareBytes(a: NonNullable<Bound>, b: NonNullable<Bound>): number {
  const [first, second] = [a.node.keyEnd - a.node.keyAt, b.node.keyEnd - b.node.keyAt];
  const length = Math.min(first, second);
  for (let at = 0; at < length; at++) {
    const difference = a.page[a.node.keyAt + at] - b.page[b.node.keyAt + at];
    if (difference !== 0) return difference;
  }
  return first - second;
}

function compareNumbers(a: NonNullable<Bound>, b: NonNullable<Bound>): number {
  return numberAt(a.page, a.node.keyAt) - numberAt(b.page, b.node.keyAt);
}

function assertValue(_page: Buffer, node: PageNode): void {
  if (node.kind === 'tree') throw new PageFlaw('has a table inside a table');
}

/** First page and count of each run in a list of lmdb-js: its length, then page numbers, 0 for an empty place, or -n before the first of n pages; there may be room behind it. */
function* freePages(value: Buffer): Generator<[number, number]> {
  const length = value.length >= 8 ? numberAt(value, 0) : -1;
  const end = (length + 1) * 8;
  if (end < 8 || end > value.length) throw new PageFlaw('has a damaged list of free pages');
  for (let at = 8; at < end; at += 8) {
    const entry = Number(value.readBigInt64LE(at));
    if (entry > 0) yield [entry, 1];
    if (entry >= 0) continue;
    at += 8;
    if (at >= end) throw new PageFlaw('has a damaged list of free pages');
    yield [numberAt(value, at), -entry];
  }
}
