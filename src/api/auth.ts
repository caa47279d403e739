import { FacegateError } from '../domain/errors.ts';
import { type TokenRecord, tokenState } from '../domain/token.ts';
import { tokenHash, tokenId } from '../platform/token-secret.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { Caller } from './environment.ts';
import { createRateLimiter, networkOf } from './rate-limiter.ts';

const GUESSES_A_MINUTE = 20;
const CREDENTIALS = /^token +([0-9a-f]{40})$/i;

/** Finds the caller of an `Authorization` header; throws unauthorized, or rate_limited for an address that keeps guessing. */
export type Authenticator = (header: string | undefined, address: string) => Caller;

/** An authenticator over the tokens. A valid token is served whatever its address did before, so nobody can lock it out. */
export function createAuthenticator({ tokens, now }: Pick<ApiDependencies, 'tokens' | 'now'>): Authenticator {
  const guesses = createRateLimiter({ windowMs: 60_000, most: GUESSES_A_MINUTE, now });
  return (header, address) => {
    const token = validToken(header, { tokens, now });
    if (token) {
      tokens.used(token, now());
      return callerWith(token);
    }
    // A request without the header guesses nothing.
    const wait = header ? guesses.count(networkOf(address)) : 0;
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
  const token = validToken(header, deps);
  return token?.customerId === customerId && token.role === role;
}

/** The token that an `Authorization` header proves now; only a hash is ever looked up, so the time it takes tells nothing of a token. */
export function validToken(
  header: string | undefined,
  { tokens, now }: Pick<ApiDependencies, 'tokens' | 'now'>,
): TokenRecord | undefined {
  const digits = CREDENTIALS.exec(header ?? '')?.[1];
  if (digits === undefined) return undefined;
  const record = tokens.find(tokenHash(digits.toLowerCase()));
  return record && tokenState(record, now()) === 'valid' ? record : undefined;
}

function callerWith({ hash, customerId, role }: TokenRecord): Caller {
  return { customerId, role, by: `token:${tokenId(hash)}` };
}
