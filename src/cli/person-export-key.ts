import { randomBytes, scrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { EXPORT_KEY_BYTES } from '../api/export-seal.ts';
import { FacegateError } from '../domain/errors.ts';

/** The key that an export is sealed with, and what its first line tells so that it can be made again. */
export interface ExportKey {
  readonly key: Buffer;
  /** Absent where the key is the caller's own. */
  readonly kdf?: {
    readonly name: 'scrypt';
    /** 32 hex digits. */
    readonly salt: string;
    readonly n: number;
    readonly r: number;
    readonly p: number;
  };
}

/** The key of 64 hex digits in a file. Throws `invalid_request` for anything else. */
export function exportKeyOf(file: string): ExportKey {
  const digits = textOf(file);
  if (/^[0-9a-fA-F]{64}$/.test(digits)) return { key: Buffer.from(digits, 'hex') };
  throw new FacegateError(
    'invalid_request',
    `${file} must hold a key of 64 hex digits; "openssl rand -hex 32" makes one.`,
  );
}

/** A key made of the passphrase in a file by scrypt (RFC 7914, 128 MiB) with a fresh salt. Throws `invalid_request` for one of fewer than 12 characters. */
export async function passphraseKeyOf(file: string): Promise<ExportKey> {
  const passphrase = textOf(file);
  if (passphrase.length < MIN_PASSPHRASE)
    throw new FacegateError(
      'invalid_request',
      `The passphrase in ${file} must have ${MIN_PASSPHRASE} characters or more.`,
    );
  const kdf = { name: 'scrypt', salt: randomBytes(16).toString('hex'), ...COST } as const;
  return { key: await derive(passphrase, Buffer.from(kdf.salt, 'hex')), kdf };
}

const MIN_PASSPHRASE = 12;
const COST = { n: 2 ** 17, r: 8, p: 1 } as const;

function derive(passphrase: string, salt: Buffer): Promise<Buffer> {
  const options = { N: COST.n, r: COST.r, p: COST.p, maxmem: 256 * COST.n * COST.r };
  return deriveKey(passphrase.normalize('NFC'), salt, EXPORT_KEY_BYTES, options);
}

const deriveKey: (
  passphrase: string,
  salt: Buffer,
  bytes: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer> = promisify(scrypt);

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new FacegateError('invalid_request', `${file} cannot be read: check the name and the rights.`, {
      cause,
    });
  }
}
