import { crc32 } from 'node:zlib';
import { FacegateError } from '../domain/errors.ts';
import { seal, unseal } from './cipher.ts';
import { openRecord, sealRecord } from './record.ts';

/** Which record of the store it is: a sealed value opens only in the table and under the key that it was written for. */
export interface RecordIdentity {
  readonly table: string;
  readonly key: Uint8Array;
}

/** Part of every identity, so that a record of another layout never passes for one of this. */
const LAYOUT = 2;

/** `payload` sealed for its place: CRC-32 of all that follows, CRC-32 of the identity, AES-256-GCM. The two sums only tell damage and swapping apart. */
export function sealFor(identity: RecordIdentity, key: Buffer, payload: Uint8Array): Buffer {
  const bytes = bytesOf(identity);
  return sealRecord(Buffer.concat([sumOf(bytes), seal(key, bytes, payload)]));
}

/** What `sealFor` sealed. Throws `internal` for a damaged record, one that stands in the place of another, and one that was tampered with. */
export function openFor(identity: RecordIdentity, key: Buffer, record: Buffer): Buffer {
  const { table } = identity;
  const sealed = openRecord(record, table);
  const bytes = bytesOf(identity);
  if (!sealed.subarray(0, SUM_BYTES).equals(sumOf(bytes)))
    throw new FacegateError(
      'internal',
      `The store holds a record in the place of another (${table}); restore a backup.`,
    );
  const payload = unseal(key, bytes, sealed.subarray(SUM_BYTES));
  if (payload) return payload;
  throw new FacegateError(
    'internal',
    `The store holds a record that was tampered with, or sealed with another key (${table}); restore a backup.`,
  );
}

/** A plain value as JSON, sealed for its place. */
export function sealJsonFor(identity: RecordIdentity, key: Buffer, value: unknown): Buffer {
  return sealFor(identity, key, Buffer.from(JSON.stringify(value), 'utf8'));
}

/** The value that `sealJsonFor` sealed; throws like `openFor`. */
export function openJsonFor<T>(identity: RecordIdentity, key: Buffer, record: Buffer): T {
  return JSON.parse(openFor(identity, key, record).toString('utf8')) as T;
}

const SUM_BYTES = 4;

function bytesOf({ table, key }: RecordIdentity): Buffer {
  return Buffer.concat([Buffer.from(`facegate ${LAYOUT} ${table}\0`, 'latin1'), key]);
}

function sumOf(identity: Buffer): Buffer {
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32LE(crc32(identity), 0);
  return sum;
}
