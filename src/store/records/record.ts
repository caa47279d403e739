import { crc32 } from 'node:zlib';
import { FacegateError } from '../../domain/errors.ts';

/** The payload behind its CRC-32: LMDB has no checksums and would hand out a flipped byte as data. */
export function sealRecord(payload: Uint8Array): Buffer {
  const record = Buffer.alloc(4 + payload.length);
  record.set(payload, 4);
  record.writeUInt32LE(crc32(payload), 0);
  return record;
}

/** The payload of a sealed record of `table`; throws `internal` where it does not match its checksum. */
export function openRecord(record: Buffer, table: string): Buffer {
  const payload = record.subarray(4);
  if (record.length >= 4 && record.readUInt32LE(0) === crc32(payload)) return payload;
  throw new FacegateError('internal', `The store holds a damaged record (${table}); restore a backup.`);
}

/** A plain value as a sealed record of JSON. */
export function sealJson(value: unknown): Buffer {
  return sealRecord(Buffer.from(JSON.stringify(value), 'utf8'));
}

/** The value that `sealJson` sealed; throws like `openRecord`. */
export function openJson<T>(record: Buffer, table: string): T {
  return JSON.parse(openRecord(record, table).toString('utf8')) as T;
}
