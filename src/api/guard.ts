import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { FacegateError } from '../domain/errors.ts';
import { accepts } from './accept.ts';
import { createAuthenticator } from './auth.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { mediaTypesOf } from './openapi/operations.ts';
import { allowedMethods, isRoute, mayCall, RIGHTS } from './rights.ts';

/** Stands before every handler: 406, 404, 405, OPTIONS, 401, 429 and 403 are decided here, before a body is read. */
export function guard(deps: Pick<ApiDependencies, 'tokens' | 'now'>): MiddlewareHandler<ApiEnv> {
  const authenticate = createAuthenticator(deps);
  return async (c, next) => {
    const handler = matchedRoutes(c).find(({ method }) => method !== 'ALL');
    const route = handler && `${handler.method} ${handler.path}`;
    const types = route !== undefined && isRoute(route) ? mediaTypesOf(route) : ['application/json'];
    if (!types.some(type => accepts(c.req.header('accept'), type)))
      throw new FacegateError(
        'not_acceptable',
        `The answer would be ${types.join(' or ')}: let Accept include it.`,
      );
    if (route === undefined) {
      const allow = allowedMethods(c.req.path).join(', ');
      if (allow === '') throw new FacegateError('not_found', 'There is no such path; see the reference.');
      if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow });
      throw new FacegateError('method_not_allowed', `This path answers to ${allow} only.`, {
        details: { allow },
      });
    }
    if (!isRoute(route)) throw new Error(`The route "${route}" has no row in the rights table.`);
    const needed = RIGHTS[route];
    if (needed === 'anyone') return next();
    const caller = authenticate(c.req.header('authorization'), c.env?.address ?? 'unknown');
    if (!mayCall(caller.role, needed))
      throw new FacegateError('forbidden', `The token's role is ${caller.role}; this call needs ${needed}.`);
    c.set('caller', caller);
    return next();
  };
}
