import type { MiddlewareHandler } from 'hono';
import { FacegateError } from '../domain/errors.ts';
import { validToken } from './auth.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { createRateLimiter, networkOf } from './rate-limiter.ts';

/**
 * Bounds the requests a second of each token, and of each address that sends no valid one; throws rate_limited. A token is never held up by
 * what others do at its address, and a supervisor's probe of /health never at all.
 */
export function pace({
  tokens,
  limits,
  now,
}: Pick<ApiDependencies, 'tokens' | 'limits' | 'now'>): MiddlewareHandler<ApiEnv> {
  const limiter = createRateLimiter({ windowMs: 1000, most: limits.requestsPerSecond, now });
  return async (c, next) => {
    if (c.req.path.startsWith('/health/')) return next();
    const token = validToken(c.req.header('authorization'), { tokens, now });
    const wait = limiter.count(token?.hash ?? networkOf(c.env?.address ?? 'unknown'));
    if (wait === 0) return next();
    const who = token ? 'this token' : 'this address without a valid token';
    throw new FacegateError(
      'rate_limited',
      `More than ${limits.requestsPerSecond} requests a second came with ${who}; wait and retry.`,
      { details: { retryAfterSeconds: wait } },
    );
  };
}
