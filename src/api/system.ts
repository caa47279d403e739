import { Hono } from 'hono';
import { cameraReport } from '../domain/camera.ts';
import { clockReport } from './clock.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv, Caller } from './environment.ts';
import { failureBody, STATUS } from './error-table.ts';

/** The routes under /health: alive, and ready to serve with the reasons where not. */
export function healthRoutes({ readiness }: ApiDependencies): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.get('/live', c => c.json({ status: 'success' }));
  app.get('/ready', c => {
    const { ready, reasons } = readiness();
    if (ready) return c.json({ status: 'success' });
    c.header('retry-after', '5');
    const failure = failureBody('not_ready', 'The service is not ready yet; see the reasons.');
    return c.json({ ...failure, reasons }, STATUS.not_ready);
  });
  return app;
}

/** The routes under /api/v1: the cameras of the caller's customer, and the state of the daemon in brief. */
export function systemRoutes({ cameras, clock, deliveries, readiness, now }: ApiDependencies): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const seenBy = ({ customerId }: Caller) =>
    cameras()
      .filter(({ customer }) => customer === customerId)
      .map(camera => camera.status());
  app.get('/cameras', c => c.json({ cameras: seenBy(c.get('caller')).map(cameraReport) }));
  app.get('/status', c => {
    const { ready, reasons } = readiness();
    const seen = seenBy(c.get('caller'));
    return c.json({
      status: 'success',
      time: new Date(now()).toISOString(),
      ready,
      reasons,
      cameras: { total: seen.length, live: seen.filter(({ phase }) => phase === 'live').length },
      clock: clockReport(clock),
      ...deliveries.counts(),
      customer: c.get('caller').customerId,
      role: c.get('caller').role,
    });
  });
  return app;
}
