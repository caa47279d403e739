import { Hono, type MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { AuditLogQuery, parse, ReceiptQuery } from './fields.ts';
import type { LedgerAct } from './ledger.ts';
import type { Route } from './rights.ts';

const DEFAULT_PAGE = 100;

/** The acts that a call is by itself; others are written down where more is known of them. */
const ACTS: Partial<Record<Route, LedgerAct['act']>> = {
  'POST /api/v1/gallery/migrate': 'gallery.migrate',
  'GET /api/v1/gallery/audit': 'gallery.audit',
  'GET /api/v1/audit': 'audit.read',
  'GET /api/v1/cameras/:id/snapshot.jpg': 'camera.view',
  'GET /api/v1/cameras/:id/live.mjpg': 'camera.view',
};

/** Writes down what was called, where that is an act by itself and it succeeded. */
export function noteActs({
  ledger,
  now,
}: Pick<ApiDependencies, 'ledger' | 'now'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    const handler = matchedRoutes(c).find(({ method }) => method !== 'ALL');
    const act = handler && ACTS[`${handler.method} ${handler.path}` as Route];
    if (act === undefined || !c.res.ok) return;
    const { by, customerId } = c.get('caller');
    const camera = act === 'camera.view' ? c.req.path.split('/').at(-2) : undefined;
    ledger.note({ at: now(), act, by, customerId, ...(camera !== undefined && { details: { camera } }) });
  };
}

/** The routes /api/v1/audit, /api/v1/erasures and /api/v1/key. */
export function ledgerRoutes({ ledger }: Pick<ApiDependencies, 'ledger'>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get('/audit', c => {
    const { limit = DEFAULT_PAGE, cursor: after = 0 } = parse(AuditLogQuery, c.req.query());
    const { entries, next } = ledger.page({ customerId: c.get('caller').customerId, after, limit });
    return c.json({ entries, ...(next !== undefined && { next_cursor: String(next) }) });
  });

  app.get('/audit/verify', async c => c.json(await ledger.verify()));

  app.get('/erasures/verify', c => {
    const { receipt, customer_person_id: customerPersonId } = parse(ReceiptQuery, c.req.query());
    const { customerId } = c.get('caller');
    const person = customerPersonId === undefined ? undefined : { customerId, customerPersonId };
    const { isGenuine, problem, erasedAt } = ledger.receipts.verify(receipt, person);
    return c.json({
      genuine: isGenuine,
      ...(problem !== undefined && { problem }),
      ...(erasedAt !== undefined && { erased_at: new Date(erasedAt).toISOString() }),
    });
  });

  app.post('/key/rotate', async c => {
    const { keyId } = await ledger.rotateKey(c.get('caller').by);
    return c.json({ status: 'success', key_id: keyId });
  });

  return app;
}
