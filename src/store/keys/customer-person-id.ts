import { FacegateError } from '../../domain/errors.ts';

/** Most UTF-16 code units of a customer's person id; 512 bytes of UTF-8 at most, far below LMDB's 1978. */
export const MAX_CUSTOMER_PERSON_ID = 128;

/** The bytes of a customer's person id, kept exactly (no Unicode normalising); throws `invalid_request` for one that cannot be a key. */
export function customerPersonKey(customerPersonId: string): Buffer {
  const bytes = Buffer.from(customerPersonId, 'utf8');
  const length = customerPersonId.length;
  // A lone surrogate has no UTF-8: two different ids would share the bytes of U+FFFD.
  if (length > 0 && length <= MAX_CUSTOMER_PERSON_ID && bytes.toString('utf8') === customerPersonId)
    return bytes;
  throw new FacegateError(
    'invalid_request',
    `customer_person_id must be 1 to ${MAX_CUSTOMER_PERSON_ID} characters of valid Unicode.`,
  );
}
