import type { RootDatabase } from 'lmdb';

/** A named key-value table. Reads are synchronous and return copies; `put` and `remove` only inside `Environment.write`. */
export interface Table {
  get(key: Buffer): Buffer | undefined;
  has(key: Buffer): boolean;
  /** In key order from `start` (without it where `after` is set) up to but without `end`. */
  entries(range?: KeyRange): Iterable<{ key: Buffer; value: Buffer }>;
  /** All entries like `entries`, without a copy of each: key and value are overwritten when the next is asked for, or anything else is read. */
  rows(): Iterable<{ key: Buffer; value: Buffer }>;
  keys(range?: KeyRange): Iterable<Buffer>;
  count(): number;
  /** Bytes of the pages that the table takes; told from its root, without reading the rest. */
  bytes(): number;
  countKeys(range: KeyRange): number;
  put(key: Buffer, value: Uint8Array): void;
  remove(key: Buffer): void;
}

/** A range of keys, bytewise; what is left out is unbounded. */
export interface KeyRange {
  readonly start?: Buffer;
  readonly after?: Buffer;
  readonly end?: Buffer;
  readonly limit?: number;
}

/** Keys and values as they are. */
export const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** The table of this name, made where it is missing. */
export function openTable(root: RootDatabase<Buffer, Buffer>, name: string): Table {
  const db = root.openDB<Buffer, Buffer>(name, BINARY);
  const rangeOf = ({ start, after, end, limit }: KeyRange) => ({
    ...(start && { start }),
    ...(after && { start: after, exclusiveStart: true }),
    ...(end && { end }),
    ...(limit !== undefined && { limit }),
  });
  return {
    get: key => db.getBinary(key),
    has: key => db.doesExist(key),
    entries: (range = {}) => db.getRange(rangeOf(range)),
    rows: () => root.openDB<Buffer, Buffer>(name, inPlace()).getRange({ start: FIRST }),
    keys: (range = {}) => db.getKeys(rangeOf(range)),
    count: () => (db.getStats() as Stats).entryCount,
    bytes: () => {
      const { pageSize, treeBranchPageCount, treeLeafPageCount, overflowPages } = db.getStats() as Stats;
      return pageSize * (treeBranchPageCount + treeLeafPageCount + overflowPages);
    },
    countKeys: range => db.getKeysCount(rangeOf(range)),
    // Inside a transaction these act at once; their promises are lmdb's constants.
    put: (key, value) => void db.put(key, value as Buffer),
    remove: key => void db.remove(key),
  };
}

/** What lmdb tells of a table. */
interface Stats {
  readonly pageSize: number;
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** Before every key. */
const FIRST = Buffer.alloc(1);
const MAX_KEY_BYTES = 2048;

/** Has lmdb read each key into the same place as the one before, and hand out the values where it has put them. */
function inPlace() {
  const keys = Buffer.alloc(MAX_KEY_BYTES);
  const put = (bytes: Uint8Array, start: number, end: number, target: Buffer): Buffer => {
    for (let at = start; at < end; at++) target[at - start] = bytes[at];
    return target.subarray(0, end - start);
  };
  return {
    encoding: 'binary' as const,
    keyEncoder: {
      writeKey: (key: Buffer, target: Buffer, position: number) => {
        target.set(key, position);
        return position + key.length;
      },
      readKey: (bytes: Buffer, start: number, end: number) => put(bytes, start, end, keys),
    },
    encoder: {
      encode: (value: Buffer) => value,
      // Its own `length` is not that of a Buffer, whose methods would look beyond.
      decode: (bytes: Buffer, size: number) => Uint8Array.prototype.subarray.call(bytes, 0, size) as Buffer,
    },
  };
}
