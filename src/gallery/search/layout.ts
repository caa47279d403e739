/** Rows of one block: with 512 values 524 KiB. */
export const BLOCK_ROWS = 1024;

/** Rows that all probes of a scan meet before the next: 131 KiB, which stay in the second-level cache that long. */
export const PASS_ROWS = 256;

/** Probes that one pass over the rows serves. */
export const MAX_PROBES = 8;

/** Bytes of a row that the sieve lets through. */
export const SIEVED_BYTES = 16;

/** Bytes before the codes of a probe: float32 unit, slope and offset, and four free ones, so that no load crosses a cache line. */
export const PROBE_HEADER_BYTES = 16;

/** Codes of a row that lie side by side. */
export const TURN_CODES = 8;

/** Rows of a group, whose codes take turns. */
export const GROUP_ROWS = 4;

/** From a row's codes in one turn to those in the next. */
export const TURN_BYTES: number = TURN_CODES * GROUP_ROWS;

/** From the scale of a row to its bound, and from there to its owner. */
export const FIELD_BYTES: number = 4 * GROUP_ROWS;

/** Where in the shared memory what is, for embeddings of one dimension; all in bytes, addresses from the begin of the memory. */
export interface Layout {
  /** Values per row: the dimension rounded up to the kernel's step, the rest zero. */
  readonly stride: number;
  /** One float32 vector, to be quantized. */
  readonly vector: number;
  /** Scratch of whoever scans: on the main thread, and in the worker. */
  readonly scratch: { readonly main: Scratch; readonly worker: Scratch };
  /** The first block; the others follow without gaps. */
  readonly blocks: number;
  /** A block: groups of four rows without gaps, as each gap costs the read ahead of memory about a microsecond. */
  readonly blockBytes: number;
  /** A group: the codes of its rows in turns, then four scales, four bounds and four owners. */
  readonly groupBytes: number;
  /** From one probe in the scratch to the next. */
  readonly probeBytes: number;
}

/** What one scan writes. */
export interface Scratch {
  /** `MAX_PROBES` probes: a header and int16 codes. */
  readonly probes: number;
  /** For each probe of a pair, the rows of a pass that the sieve lets through. */
  readonly sieved: readonly [number, number];
  readonly end: number;
}

/** Where in its block a row is, in bytes. */
export interface RowPlace {
  /** Its first codes. */
  readonly codes: number;
  /** Its scale; bound and owner follow `FIELD_BYTES` apart. */
  readonly scale: number;
}

/** The place of a row. */
export function rowPlace({ stride, groupBytes }: Layout, row: number): RowPlace {
  const inGroup = row % GROUP_ROWS;
  const group = groupAt(groupBytes, row - inGroup);
  return { codes: group + TURN_CODES * inGroup, scale: group + GROUP_ROWS * stride + 4 * inGroup };
}

/** Where in its block the group is that begins with this row. */
export function groupAt(groupBytes: number, row: number): number {
  return (row / GROUP_ROWS) * groupBytes;
}

const STEP = 32;
const CACHE_LINE = 64;

/** The layout for embeddings of `dimension` values. */
export function layoutOf(dimension: number): Layout {
  const stride = alignUp(dimension, STEP);
  const probeBytes = PROBE_HEADER_BYTES + 2 * stride;
  // Address 0 stays free: it would look like an address that was forgotten.
  const vector = CACHE_LINE;
  const main = scratchAt(vector + 4 * stride, probeBytes);
  const worker = scratchAt(main.end, probeBytes);
  const groupBytes = GROUP_ROWS * stride + 3 * FIELD_BYTES;
  return {
    stride,
    vector,
    scratch: { main, worker },
    blocks: worker.end,
    blockBytes: groupAt(groupBytes, BLOCK_ROWS),
    groupBytes,
    probeBytes,
  };
}

function scratchAt(at: number, probeBytes: number): Scratch {
  const probes = alignUp(at, CACHE_LINE);
  const sieved = alignUp(probes + probeBytes * MAX_PROBES, CACHE_LINE);
  const second = sieved + SIEVED_BYTES * PASS_ROWS;
  return { probes, sieved: [sieved, second], end: alignUp(second + SIEVED_BYTES * PASS_ROWS, CACHE_LINE) };
}

function alignUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
