import { createHash, randomBytes } from 'node:crypto';

const BYTES = 20;
const SHOWN_DIGITS = 12;

/** What a token looks like: 40 hex digits, lower case. */
export const TOKEN_SECRET = /^[0-9a-f]{40}$/;

/** A new token from the system's random source, 160 bits; whoever makes it shows it once and keeps only its hash. */
export function newTokenSecret(): string {
  return randomBytes(BYTES).toString('hex');
}

/** Lower-case hex SHA-256 of a token. A slow hash would protect nothing here: 160 random bits cannot be guessed. */
export function tokenHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The name of a token in lists and in the audit log: the first 12 digits of its hash. */
export function tokenId(hash: string): string {
  return hash.slice(0, SHOWN_DIGITS);
}
