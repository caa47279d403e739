import { crc32 } from 'node:zlib';
import { FacegateError } from '../../domain/errors.ts';
import { seal, unseal } from '../keys/cipher.ts';

/** Seals the records of one table: a value opens only in this table and under the key that it was written for. */
export interface Sealing {
  /** `payload` as CRC-32 of all that follows, CRC-32 of its place, AES-256-GCM; `key` is where it is kept, `dataKey` seals it. */
  seal(key: Uint8Array, dataKey: Buffer, payload: Uint8Array): Buffer;
  /** What `seal` sealed. Throws `internal` for a damaged record, one that stands in the place of another, and one that was tampered with. */
  open(key: Uint8Array, dataKey: Buffer, record: Buffer): Buffer;
  /** The same for a plain value as JSON. */
  sealJson(key: Uint8Array, dataKey: Buffer, value: unknown): Buffer;
  openJson<T>(key: Uint8Array, dataKey: Buffer, record: Buffer): T;
}

const SUM_BYTES = 4;

/** The sealing of the table of this name; `layout` is part of every place, so that a record of another layout never passes for one of this. */
export function createSealing(table: string, layout = 2): Sealing {
  const prefix = Buffer.from(`facegate ${layout} ${table}\0`, 'latin1');
  let place = prefix;
  /** Good until the next call: a start opens so many records that a buffer for each would cost. */
  const placeOf = (key: Uint8Array): Buffer => {
    if (place.length !== prefix.length + key.length) place = Buffer.concat([prefix, key]);
    else place.set(key, prefix.length);
    return place;
  };

  const sealAt = (key: Uint8Array, dataKey: Buffer, payload: Uint8Array): Buffer => {
    const own = placeOf(key);
    const sealed = Buffer.concat([Buffer.alloc(2 * SUM_BYTES), seal(dataKey, own, payload)]);
    sealed.writeUInt32LE(crc32(own), SUM_BYTES);
    sealed.writeUInt32LE(crc32(sealed.subarray(SUM_BYTES)), 0);
    return sealed;
  };

  const open = (key: Uint8Array, dataKey: Buffer, record: Buffer): Buffer => {
    const own = placeOf(key);
    const payload = unseal(dataKey, own, record.subarray(2 * SUM_BYTES));
    if (payload) return payload;
    throw new FacegateError(
      'internal',
      `The store holds ${flawOf(record, own)} (${table}); restore a backup.`,
    );
  };

  return {
    seal: sealAt,
    open,
    sealJson: (key, dataKey, value) => sealAt(key, dataKey, Buffer.from(JSON.stringify(value), 'utf8')),
    openJson: (key, dataKey, record) => JSON.parse(open(key, dataKey, record).toString('utf8')),
  };
}

/** The sums serve this alone: what does not open is refused in any case. */
function flawOf(record: Buffer, place: Buffer): string {
  if (record.length < 2 * SUM_BYTES || record.readUInt32LE(0) !== crc32(record.subarray(SUM_BYTES)))
    return 'a damaged record';
  if (record.readUInt32LE(SUM_BYTES) !== crc32(place)) return 'a record in the place of another';
  return 'a record that was tampered with, or sealed with another key';
}
