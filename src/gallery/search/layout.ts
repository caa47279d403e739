/** Rows of one block: with 512 values 512 KiB of codes without a gap, as each gap costs the read ahead of memory about a microsecond. */
export const BLOCK_ROWS = 1024;

/** Rows that all probes of a scan meet before the next: 128 KiB of codes, which stay in the second-level cache that long. */
export const PASS_ROWS = 256;

/** Probes that one pass over the rows serves. */
export const MAX_PROBES = 8;

/** Bytes of a row that the sieve lets through. */
export const SIEVED_BYTES = 16;

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
  /** A block: codes of all its rows in groups of four (`codesAt`), then their scales, bounds and owners. */
  readonly blockBytes: number;
  readonly scales: number;
  readonly bounds: number;
  readonly owners: number;
}

/** What one scan writes. */
export interface Scratch {
  /** Int16 codes of `MAX_PROBES` probes. */
  readonly probes: number;
  /** Their float32 units. */
  readonly units: number;
  /** Float32 scores of `PASS_ROWS` rows, in a plane per probe. */
  readonly scores: number;
  /** Those of these rows that the sieve let through. */
  readonly sieved: number;
  readonly end: number;
}

/** Rows of a group, whose codes take turns: eight of each. */
export const GROUP_ROWS = 4;
/** From eight codes of a row to its next eight. */
export const TURN_BYTES: number = 8 * GROUP_ROWS;

/** Where in its block the first eight codes of a row are. */
export function codesAt(row: number, stride: number): number {
  const inGroup = row % GROUP_ROWS;
  return (row - inGroup) * stride + 8 * inGroup;
}

/** Bytes of the scores for one probe. */
export const PLANE_BYTES: number = 4 * PASS_ROWS;

const STEP = 32;
const CACHE_LINE = 64;

/** The layout for embeddings of `dimension` values. */
export function layoutOf(dimension: number): Layout {
  const stride = alignUp(dimension, STEP);
  // Address 0 stays free: it would look like an address that was forgotten.
  const vector = CACHE_LINE;
  const main = scratchAt(vector + 4 * stride, stride);
  const worker = scratchAt(main.end, stride);
  const scales = BLOCK_ROWS * stride;
  const bounds = scales + 4 * BLOCK_ROWS;
  const owners = bounds + 4 * BLOCK_ROWS;
  return {
    stride,
    vector,
    scratch: { main, worker },
    blocks: worker.end,
    blockBytes: owners + 4 * BLOCK_ROWS,
    scales,
    bounds,
    owners,
  };
}

function scratchAt(at: number, stride: number): Scratch {
  const probes = alignUp(at, CACHE_LINE);
  const units = probes + 2 * stride * MAX_PROBES;
  const scores = alignUp(units + 4 * MAX_PROBES, CACHE_LINE);
  const sieved = scores + PLANE_BYTES * MAX_PROBES;
  return { probes, units, scores, sieved, end: alignUp(sieved + SIEVED_BYTES * PASS_ROWS, CACHE_LINE) };
}

function alignUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
