import { Hono } from 'hono';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { AuditQuery, parse } from './fields.ts';

/** The route /api/v1/gallery/audit: what is weak, alike or out of place in the caller's gallery. Tells no vectors. */
export function auditRoutes({ audit }: Pick<ApiDependencies, 'audit'>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.get('/', async c => {
    const { far = false } = parse(AuditQuery, c.req.query());
    const { customerId } = c.get('caller');
    return c.json(await audit(customerId, { far, signal: c.req.raw.signal }));
  });
  return app;
}
