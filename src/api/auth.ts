import { createHash } from 'node:crypto';
import { FacegateError } from '../domain/errors.ts';
import { createAttemptLimiter } from './attempt-limiter.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { Caller } from './environment.ts';

/** As many digits of a token's hash as "facegate token list" shows. */
const SHOWN_DIGITS = 12;
const CREDENTIALS = /^token +([0-9a-f]{40})$/i;

/** Finds the caller of an `Authorization` header; throws unauthorized, or rate_limited for an address that keeps guessing. */
export type Authenticator = (header: string | undefined, address: string) => Caller;

/** An authenticator over the tokens. A valid token is served whatever its address did before, so nobody can lock it out. */
export function createAuthenticator({ tokens, now }: Pick<ApiDependencies, 'tokens' | 'now'>): Authenticator {
  const limiter = createAttemptLimiter(now);
  return (header, address) => {
    const caller = callerOf(header, { tokens, now });
    if (caller) return caller;
    // A request without the header guesses nothing.
    const wait = header ? limiter.failed(address) : 0;
    if (wait > 0)
      throw new FacegateError(
        'rate_limited',
        'Too many wrong tokens came from this address; wait and retry.',
        {
          details: { retryAfterSeconds: wait },
        },
      );
    throw new FacegateError(
      'unauthorized',
      'A valid token is needed: send the header "Authorization: Token" followed by its 40 hex digits.',
    );
  };
}

/** Whether the header still proves the same caller: a token may end, or be revoked, while its bearer watches. */
export function isStillCaller(
  { customerId, role }: Caller,
  header: string | undefined,
  deps: Pick<ApiDependencies, 'tokens' | 'now'>,
): boolean {
  const now = callerOf(header, deps);
  return now?.customerId === customerId && now.role === role;
}

/** The caller that an `Authorization` header proves now; only a hash is ever looked up, so the time it takes tells nothing of a token. */
export function callerOf(
  header: string | undefined,
  { tokens, now }: Pick<ApiDependencies, 'tokens' | 'now'>,
): Caller | undefined {
  const digits = CREDENTIALS.exec(header ?? '')?.[1];
  if (digits === undefined) return undefined;
  const hash = createHash('sha256').update(digits).digest('hex');
  const record = tokens.find(hash);
  if (record === undefined || record.revokedAt !== undefined) return undefined;
  if (record.expiresAt !== undefined && record.expiresAt <= now()) return undefined;
  return { customerId: record.customerId, role: record.role, by: `token:${hash.slice(0, SHOWN_DIGITS)}` };
}
