/** The UTF-8 bytes of an id that the store or the gallery made (UUID, hash, name of a counter). */
export function idKey(id: string): Buffer {
  return Buffer.from(id, 'utf8');
}

/** A sequence number as eight bytes whose order is the number's order. */
export function sequenceKey(seq: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(seq));
  return key;
}

/** The number of a `sequenceKey`. */
export function sequenceOf(key: Buffer): number {
  return Number(key.readBigUInt64BE(key.length - 8));
}

/** `owner` (a reference of fixed length), then `rest`: everything of one owner lies together, ordered by the bytes of `rest`. */
export function ownedKey(owner: Buffer, rest: Buffer): Buffer {
  return Buffer.concat([owner, rest]);
}

/** All keys of one owner whose rest is at most 32 bytes. */
export function ownedRange(owner: Buffer): { start: Buffer; end: Buffer } {
  return { start: owner, end: Buffer.concat([owner, BEHIND_ALL]) };
}

const BEHIND_ALL = Buffer.alloc(33, 0xff);
