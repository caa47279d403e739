import { timingSafeEqual } from 'node:crypto';
import type { Secrets } from '../keys/secrets.ts';

/** Whose erasure a receipt is about. */
export interface ErasedPerson {
  readonly customerId: string;
  readonly customerPersonId: string;
}

/** What a receipt says; `isGenuine` where this store issued it, for this person where one is named. */
export interface ReceiptVerdict {
  readonly isGenuine: boolean;
  /** Why not. */
  readonly problem?: string;
  /** By when the person was erased; milliseconds since the epoch. */
  readonly erasedAt?: number;
}

/** Receipts that an erased person's customer can keep, because they name nobody. */
export interface Receipts {
  /** `v1.<pseudonym>.<milliseconds>.<key id>.<MAC>`: HMAC-SHA-256 over the part before it. Issue it when the erasure is durable. */
  issue(person: ErasedPerson, at: number): string;
  verify(receipt: string, person?: ErasedPerson): ReceiptVerdict;
}

const RECEIPT = /^(v1\.([0-9a-f]{32})\.(\d{1,15})\.([0-9a-f]{16}))\.([\w-]{43})$/;

/** Receipts under the store's key, which outlives every rotation of the master key. */
export function createReceipts(secrets: Secrets): Receipts {
  const sign = (text: string) => secrets.receiptMac(text);
  return {
    issue: ({ customerId, customerPersonId }, at) => {
      const pseudonym = secrets.pseudonym(customerId, customerPersonId);
      const text = `v1.${pseudonym}.${Math.floor(at)}.${secrets.receiptKeyId}`;
      return `${text}.${sign(text).toString('base64url')}`;
    },
    verify: (receipt, person) => {
      const parts = RECEIPT.exec(receipt.trim());
      if (!parts) return { isGenuine: false, problem: 'This is not an erasure receipt.' };
      const [, text, pseudonym, at, keyId, mac] = parts;
      if (keyId !== secrets.receiptKeyId)
        return { isGenuine: false, problem: 'Another store issued this receipt.' };
      if (!timingSafeEqual(Buffer.from(mac, 'base64url'), sign(text)))
        return { isGenuine: false, problem: 'The receipt was changed after it was issued.' };
      if (person && secrets.pseudonym(person.customerId, person.customerPersonId) !== pseudonym)
        return { isGenuine: false, problem: 'The receipt is about another person.' };
      return { isGenuine: true, erasedAt: Number(at) };
    },
  };
}
