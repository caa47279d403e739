import { Hono } from 'hono';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';

/** The clock of the machine as the API needs it. */
export interface ApiClock {
  /** Why doors stay shut, in one word; undefined while the clock is believed. */
  doubt(): string | undefined;
  /** Whether it leapt ahead, so that nothing is thrown away for its age. */
  hasLeapt(): boolean;
  /** Takes it for right as it is; durable when resolved. */
  settle(): Promise<void>;
}

/** The clock as the status shows it. */
export function clockReport(clock: ApiClock): object {
  const doubt = clock.doubt();
  return { believed: doubt === undefined, ...(doubt !== undefined && { doubt }), leapt: clock.hasLeapt() };
}

/** The route /api/v1/clock/confirm: somebody who has looked says that the clock of the machine is right. */
export function clockRoutes({
  clock,
  ledger,
  now,
}: Pick<ApiDependencies, 'clock' | 'ledger' | 'now'>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.post('/confirm', async c => {
    const { customerId, by } = c.get('caller');
    await clock.settle();
    ledger.note({ at: now(), act: 'clock.confirm', by, customerId });
    return c.json({ status: 'success', time: new Date(now()).toISOString(), clock: clockReport(clock) });
  });
  return app;
}
