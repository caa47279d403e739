/** Memory that nobody has written to yet, from byte `from` up to `to` of a buffer; both are multiples of 4. */
export interface FreshMemory {
  readonly buffer: SharedArrayBuffer;
  readonly from: number;
  readonly to: number;
}

/**
 * Has another thread touch memory that this one is about to fill, or nobody: the kernel must find each page at its first use, which takes longer
 * than to write it.
 */
export type TouchAhead = (fresh: FreshMemory) => void;

const PAGE_WORDS = 1024;

/** Touches each page and leaves what is in it, also where another thread writes there meanwhile. */
export function touchPages({ buffer, from, to }: FreshMemory): void {
  const words = new Int32Array(buffer, from, (to - from) / Int32Array.BYTES_PER_ELEMENT);
  for (let at = 0; at < words.length; at += PAGE_WORDS) Atomics.add(words, at, 0);
}
