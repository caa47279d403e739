import { REF_BYTES } from '../keys/secrets.ts';
import { LIST_KEY_BYTES, type OpenedBatch } from './open-batch.ts';

/** The lists of all customers in memory: to look up each person of a large gallery in the table takes longer. */
export interface Listing {
  /** Whether the person at this place of the batch stands in the list of their customer. */
  has(opened: Pick<OpenedBatch, 'refs' | 'listKeys'>, at: number): boolean;
}

const KEY_WORDS: number = LIST_KEY_BYTES / 4;
const REF_WORDS: number = REF_BYTES / 4;
const ENTRY_WORDS: number = KEY_WORDS + REF_WORDS;

/** Of these rows of the table `persons_by_customer`, of which there are at most `count`; a hash table with linear probing. */
export function createListing(
  rows: Iterable<{ key: Uint8Array; value: Uint8Array }>,
  count: number,
): Listing {
  const entries = new Uint32Array(count * ENTRY_WORDS);
  const bytes = new Uint8Array(entries.buffer);
  const slots = 2 ** Math.ceil(Math.log2(2 * count + 1));
  /** Where an entry begins, in words and one more: 0 is an empty slot. */
  const table = new Uint32Array(slots);
  // The last part of a key is a keyed hash of the person: as good as any.
  const slotOf = (words: Uint32Array, key: number) => words[key + KEY_WORDS - 1] & (slots - 1);

  let filled = 0;
  for (const { key, value } of rows) {
    if (key.length !== LIST_KEY_BYTES || value.length !== REF_BYTES || filled === entries.length) continue;
    bytes.set(key, 4 * filled);
    bytes.set(value, 4 * (filled + KEY_WORDS));
    let slot = slotOf(entries, filled);
    while (table[slot] !== 0) slot = (slot + 1) & (slots - 1);
    table[slot] = filled + 1;
    filled += ENTRY_WORDS;
  }

  const isSame = (entry: number, words: Uint32Array, from: number, count: number): boolean => {
    for (let word = 0; word < count; word++) if (entries[entry + word] !== words[from + word]) return false;
    return true;
  };

  return {
    has: ({ refs, listKeys }, at) => {
      const keys = new Uint32Array(listKeys.buffer);
      const own = new Uint32Array(refs.buffer);
      for (let slot = slotOf(keys, at * KEY_WORDS); table[slot] !== 0; slot = (slot + 1) & (slots - 1)) {
        const entry = table[slot] - 1;
        if (isSame(entry, keys, at * KEY_WORDS, KEY_WORDS))
          return isSame(entry + KEY_WORDS, own, at * REF_WORDS, REF_WORDS);
      }
      return false;
    },
  };
}
