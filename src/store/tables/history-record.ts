import { REF_BYTES } from '../keys/secrets.ts';
import { sequenceKey } from '../records/key.ts';
import type { Owner } from '../records/person-record.ts';

/** Bytes before the sealed event: reference of the person or zeros, time u64 of the decision. */
export const HEAD_BYTES = REF_BYTES + 8;

const NOBODY = Buffer.alloc(REF_BYTES);

/** What stands before a sealed event; `decidedAt` in milliseconds since the epoch. */
export function historyHead(owner: Owner | undefined, decidedAt: number): Buffer {
  return Buffer.concat([owner?.ref ?? NOBODY, sequenceKey(decidedAt)]);
}

/** The reference of the person whom the event names. */
export function refOf(record: Buffer): Buffer | undefined {
  const ref = record.subarray(0, REF_BYTES);
  return ref.equals(NOBODY) ? undefined : ref;
}

/** When the event was decided, milliseconds since the epoch; 0 for a record too short to tell. */
export function decidedAt(record: Buffer): number {
  return record.length < HEAD_BYTES ? 0 : Number(record.readBigUInt64BE(REF_BYTES));
}
