import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** Bytes of a key: AES-256. */
export const KEY_BYTES = 32;

/** Bytes that sealing adds: a random nonce and the tag. */
export const SEAL_BYTES = 28;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WHOLE_TAG = { authTagLength: TAG_BYTES };

/** AES-256-GCM (NIST SP 800-38D) of `payload` as nonce, tag, ciphertext; `identity` is authenticated with it and is not part of the result. */
export function seal(key: Buffer, identity: Uint8Array, payload: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(identity);
  const sealed = cipher.update(payload);
  cipher.final();
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** What `seal` sealed; undefined where key or identity are others, or a byte was changed. */
export function unseal(key: Buffer | KeyObject, identity: Uint8Array, sealed: Buffer): Buffer | undefined {
  if (sealed.length < SEAL_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), WHOLE_TAG);
  decipher.setAAD(identity).setAuthTag(sealed.subarray(NONCE_BYTES, SEAL_BYTES));
  const payload = decipher.update(sealed.subarray(SEAL_BYTES));
  try {
    decipher.final();
    return payload;
  } catch {
    return undefined;
  }
}
