import type { Image } from '../domain/image.ts';

/** Odd, with bits spread evenly. Source: xxHash32. */
const ENTERING = 0x85ebca77;
const LEAVING = 0x9e3779b1;

/**
 * A whole number below 2^53 that is the same for pictures that are the same bit for bit and, but by chance, another for others. Reads every
 * byte. It tells repeated pictures from new ones; it is no defence against one who can make up pictures, who need not repeat any.
 */
export function fingerprintOf({ data }: Image): number {
  const words = wordsOf(data);
  let a = data.length;
  let b = 0;
  // Two lanes, that the processor works on side by side.
  for (let at = 1; at < words.length; at += 2) {
    a = step(a, words[at - 1]);
    b = step(b, words[at]);
  }
  for (let at = (words.length >> 1) * 8; at < data.length; at++) a = step(a, data[at]);
  // Where one lane differs the lower 32 bits do; the upper 21 make a chance match of both rarer.
  return (spread(b) >>> 11) * 2 ** 32 + ((a + b) >>> 0);
}

/** Takes in one word; no step loses a bit. Source: xxHash32. */
function step(state: number, word: number): number {
  const sum = (state + Math.imul(word, ENTERING)) | 0;
  return Math.imul((sum << 13) | (sum >>> 19), LEAVING);
}

/** Lets every bit depend on every other. Source: MurmurHash3, fmix32. */
function spread(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

function wordsOf(data: Uint8Array): Uint32Array {
  const count = data.length >> 2;
  if (data.byteOffset % 4 === 0) return new Uint32Array(data.buffer, data.byteOffset, count);
  return new Uint32Array(data.slice(0, count * 4).buffer);
}
