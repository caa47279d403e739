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
  const end = words.length - (words.length % 4);
  let a = data.length;
  let b = 0;
  let c = 0;
  let d = 0;
  // Four lanes, that the processor works on side by side.
  for (let at = 0; at < end; at += 4) {
    a = step(a, words[at]);
    b = step(b, words[at + 1]);
    c = step(c, words[at + 2]);
    d = step(d, words[at + 3]);
  }
  for (let at = end * 4; at < data.length; at++) a = step(a, data[at]);
  // Where one lane differs the lower 32 bits do; the upper 21 make a chance match of several rarer.
  return (
    (spread(b + Math.imul(c, ENTERING) + Math.imul(d, LEAVING)) >>> 11) * 2 ** 32 + ((a + b + c + d) >>> 0)
  );
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
