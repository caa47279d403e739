/** What a token may do; each role may do what the ones before it may. */
export const ROLES = ['reader', 'operator', 'admin'] as const;

/** One of `ROLES`: `reader` matches and reads, `operator` also enrolls and watches, `admin` everything. */
export type Role = (typeof ROLES)[number];

/** What is known of an API token; the token itself is nowhere. Times are milliseconds since the epoch. */
export interface TokenRecord {
  /** Lower-case hex SHA-256 of the token. */
  readonly hash: string;
  readonly customerId: string;
  readonly role: Role;
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  /** Hash of the token that takes its place. */
  readonly replacedBy?: string;
  /** The hour in which it was last used, by its beginning. */
  readonly lastUsedAt?: number;
}

/** Whether a token opens anything at `at`: only a `valid` one does. */
export function tokenState(
  { expiresAt, revokedAt }: TokenRecord,
  at: number,
): 'valid' | 'expired' | 'revoked' {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= at ? 'expired' : 'valid';
}
