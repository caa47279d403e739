import { createHmac, hkdfSync } from 'node:crypto';
import { FacegateError } from '../../domain/errors.ts';
import { KEY_BYTES } from './cipher.ts';
import { customerPersonKey } from './customer-person-id.ts';

/** What the store's own secret is good for; every use has a key of its own (HKDF-SHA-256, RFC 5869). */
export interface Secrets {
  /** Seals records that belong to no person. */
  readonly recordKey: Buffer;
  /** 16 bytes that stand for a person's id wherever a key is readable. */
  personRef(personId: string): Buffer;
  /** The same for a template's id. */
  templateRef(templateId: string): Buffer;
  /** The same for a customer. */
  customerRef(customerId: string): Buffer;
  /** The same for a customer's own id of a person, after `customerRef`. Throws `invalid_request` for an id that cannot be one. */
  customerPersonRef(customerId: string, customerPersonId: string): Buffer;
  /** 32 hex digits that stand for a customer's person in the audit log and on receipts. */
  pseudonym(customerId: string, customerPersonId: string): string;
  /** HMAC-SHA-256 over the head of the audit log. */
  auditMac(head: string): Buffer;
  /** HMAC-SHA-256 over an erasure receipt. */
  receiptMac(text: string): Buffer;
  /** 16 hex digits that name the key behind `receiptMac`, and tell nothing of it. */
  readonly receiptKeyId: string;
}

/** Bytes of a reference: 128 bits, so that two never meet. */
export const REF_BYTES = 16;

/** The uses of the store's secret of 32 bytes. */
export function deriveSecrets(secret: Buffer): Secrets {
  const keyFor = (use: string) =>
    Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `facegate ${use}`, KEY_BYTES));
  const referenceKey = keyFor('references');
  const pseudonymKey = keyFor('pseudonyms');
  const auditKey = keyFor('audit head');
  const receiptKey = keyFor('receipts');
  const refOf = (kind: string, ...parts: readonly string[]) =>
    mac(referenceKey, `${kind}\0${parts.join('\0')}`).subarray(0, REF_BYTES);
  /** Few and asked for all the time. */
  const customers = new Map<string, Buffer>();
  const customerRef = (customerId: string): Buffer => {
    const ref = customers.get(customerId) ?? refOf('customer', customerId);
    customers.set(customerId, ref);
    return ref;
  };
  return {
    recordKey: keyFor('records'),
    personRef: personId => refOf('person', personId),
    templateRef: templateId => refOf('template', templateId),
    customerRef,
    customerPersonRef: (customerId, customerPersonId) =>
      Buffer.concat([
        customerRef(customerId),
        refOf('customer person', ...checkedIds(customerId, customerPersonId)),
      ]),
    pseudonym: (customerId, customerPersonId) =>
      mac(pseudonymKey, checkedIds(customerId, customerPersonId).join('\0'))
        .subarray(0, REF_BYTES)
        .toString('hex'),
    auditMac: head => mac(auditKey, head),
    receiptMac: text => mac(receiptKey, text),
    receiptKeyId: mac(receiptKey, 'id').subarray(0, 8).toString('hex'),
  };
}

function mac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

/** Only the last part may hold a zero byte, or two pairs of ids could read the same. */
function checkedIds(customerId: string, customerPersonId: string): [string, string] {
  if (customerId.includes('\0'))
    throw new FacegateError('internal', 'A customer id must not hold a zero byte.');
  customerPersonKey(customerPersonId);
  return [customerId, customerPersonId];
}
