import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { answerHeaders } from './answer-headers.ts';
import { backupRoutes } from './backups.ts';
import { cameraViewRoutes } from './camera-views.ts';
import { clockRoutes } from './clock.ts';
import type { ApiDependencies } from './dependencies.ts';
import { doorRoutes } from './doors.ts';
import type { ApiEnv } from './environment.ts';
import { answerError } from './error-table.ts';
import { exportRoutes } from './export.ts';
import { auditRoutes } from './gallery-audit.ts';
import { guard } from './guard.ts';
import { historyRoutes } from './history-routes.ts';
import { ledgerRoutes, noteActs } from './ledger-routes.ts';
import { matchRoutes } from './match.ts';
import { metricsRoutes } from './metrics.ts';
import { migrationRoutes } from './migration.ts';
import { openApiRoutes } from './openapi/routes.ts';
import { pace } from './pace.ts';
import { personRoutes } from './persons.ts';
import { snapshotRoutes } from './snapshot-routes.ts';
import { healthRoutes, systemRoutes } from './system.ts';
import { tokenRoutes } from './tokens.ts';
import { undeliveredRoutes } from './undelivered.ts';
import { createUploads } from './uploads.ts';

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The REST API as a Hono app; never listens. */
export function createApp(deps: ApiDependencies): Hono<ApiEnv> {
  const uploads = createUploads(deps);
  const app = new Hono<ApiEnv>({ getPath });

  app.use('*', async (c, next) => {
    const sent = c.req.header('x-request-id');
    const requestId = sent !== undefined && REQUEST_ID.test(sent) ? sent : randomUUID();
    c.set('requestId', requestId);
    for (const [name, value] of Object.entries(answerHeaders(requestId))) c.header(name, value);
    const started = performance.now();
    await next();
    const ms = performance.now() - started;
    // The route stands for the path, which may hold a person's id.
    const answer = { route: routePath(c, -1), status: c.res.status };
    deps.log.debug({ requestId, method: c.req.method, ...answer, ms }, 'A request was answered.');
    deps.metrics.answered({ ...answer, seconds: ms / 1000 });
  });
  app.use('*', pace(deps));
  app.use('*', guard(deps));
  app.use('*', noteActs(deps));

  app.route('/miicloud/person', personRoutes(deps, uploads));
  app.route('/miicloud/match_faces', matchRoutes(deps, uploads));
  app.route('/health', healthRoutes(deps));
  app.route('/metrics', metricsRoutes(deps));
  app.route('/api/v1', systemRoutes(deps));
  app.route('/api/v1', openApiRoutes());
  app.route('/api/v1/cameras', cameraViewRoutes(deps));
  app.route('/api/v1/doors', doorRoutes(deps, uploads));
  app.route('/api/v1/events', historyRoutes(deps));
  app.route('/api/v1/events', snapshotRoutes(deps));
  app.route('/api/v1/webhooks/undelivered', undeliveredRoutes(deps));
  app.route('/api/v1', ledgerRoutes(deps));
  app.route('/api/v1/clock', clockRoutes(deps));
  app.route('/api/v1/gallery/audit', auditRoutes(deps));
  app.route('/api/v1/gallery/migrate', migrationRoutes(deps));
  app.route('/api/v1/gallery/export', exportRoutes(deps));
  app.route('/api/v1/tokens', tokenRoutes(deps));
  app.route('/api/v1/backup', backupRoutes(deps));

  app.onError((error, c) => answerError(error, c, deps.log));
  return app;
}

/** The path still percent-encoded, so that each id is decoded exactly once, and without trailing slashes. */
function getPath(request: Request): string {
  const { pathname } = new URL(request.url);
  let end = pathname.length;
  while (end > 1 && pathname[end - 1] === '/') end--;
  return pathname.slice(0, end);
}
