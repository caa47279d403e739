import { Hono } from 'hono';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';

/** What is measured, as the API needs it. */
export interface ApiMetrics {
  readonly mediaType: string;
  /** What this customer may see, as text. */
  text(customerId: string): Promise<string>;
  /** An answer to `route` (its pattern) has begun after so many seconds. */
  answered(answer: { route: string; status: number; seconds: number }): void;
}

/** The route /metrics. A token is asked for also on loopback, because behind a proxy everybody comes from there. */
export function metricsRoutes({ metrics }: Pick<ApiDependencies, 'metrics'>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.get('/', async c =>
    c.body(await metrics.text(c.get('caller').customerId), 200, { 'content-type': metrics.mediaType }),
  );
  return app;
}
