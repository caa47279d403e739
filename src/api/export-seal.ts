import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { FacegateError } from '../domain/errors.ts';

/** The first line of a sealed export, in clear. */
export interface SealedHeader {
  readonly format: 'facegate-export';
  readonly version: 1;
  readonly cipher: 'AES-256-GCM';
  /** UUID; every export has a key of its own. */
  readonly export_id: string;
}

/** Seals the records of one export, in order. */
export interface ExportSealer {
  readonly header: SealedHeader;
  /** Base64 of nonce (12 bytes), tag (16) and ciphertext of the record's JSON; its number is authenticated with it. */
  seal(record: unknown): string;
}

/** Opens the lines of one export, in order. */
export interface ExportOpener {
  /** Throws `invalid_request` for a line that was changed, moved or sealed with another key. */
  open(line: string): unknown;
}

/** The record behind the last: without it the export was cut off. */
export interface ExportEnd {
  readonly end: true;
  readonly persons: number;
}

/** Bytes of the key that the caller gives. */
export const EXPORT_KEY_BYTES = 32;

/** A sealer with a key of 32 bytes: AES-256-GCM (NIST SP 800-38D) under HKDF-SHA-256 (RFC 5869) of key and export id. */
export function createExportSealer(key: Uint8Array): ExportSealer {
  const header: SealedHeader = {
    format: 'facegate-export',
    version: 1,
    cipher: CIPHER_NAME,
    export_id: randomUUID(),
  };
  const own = ownKey(key, header);
  let count = 0;
  return {
    header,
    seal: record => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, own, nonce).setAAD(identityOf(count++));
      const sealed = cipher.update(JSON.stringify(record), 'utf8');
      cipher.final();
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
  };
}

/** An opener of what `createExportSealer` sealed. Throws `invalid_request` for the header of something else. */
export function createExportOpener(key: Uint8Array, header: Partial<SealedHeader>): ExportOpener {
  const { format, version, cipher, export_id } = header;
  if (format !== 'facegate-export' || version !== 1 || cipher !== CIPHER_NAME || !export_id)
    throw new FacegateError('invalid_request', 'This is no sealed export of a version that is known here.');
  const own = ownKey(key, { export_id });
  let count = 0;
  return {
    open: line => {
      const bytes = Buffer.from(line, 'base64');
      const text = unseal(own, identityOf(count++), bytes);
      if (text !== undefined) return JSON.parse(text) as unknown;
      throw new FacegateError(
        'invalid_request',
        `Record ${count} of the export was changed or moved, or is sealed with another key.`,
      );
    },
  };
}

const CIPHER = 'aes-256-gcm';
const CIPHER_NAME = 'AES-256-GCM';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function ownKey(key: Uint8Array, { export_id }: Pick<SealedHeader, 'export_id'>): Buffer {
  return Buffer.from(hkdfSync('sha256', key, export_id, 'facegate export', EXPORT_KEY_BYTES));
}

function identityOf(count: number): Buffer {
  return Buffer.from(`facegate export 1 ${count}`, 'latin1');
}

function unseal(key: Buffer, identity: Buffer, bytes: Buffer): string | undefined {
  const head = NONCE_BYTES + TAG_BYTES;
  if (bytes.length < head) return undefined;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(identity).setAuthTag(bytes.subarray(NONCE_BYTES, head));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(head)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
