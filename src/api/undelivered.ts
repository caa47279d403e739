import { Hono } from 'hono';
import { FacegateError } from '../domain/errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { parse } from './fields.ts';
import { Seq } from './history-query.ts';

/** A decision at a door that no webhook took; who it was about stands in the history of events under `seq`. */
export interface ApiUndelivered {
  readonly seq: number;
  readonly event_id: string;
  readonly door: string;
  readonly customer: string;
  readonly decision: 'grant' | 'deny';
  /** ISO 8601. */
  readonly given_up_at: string;
  readonly attempts: number;
  readonly failure: string;
}

/** What waits to be told, and what is told no more, as the API needs it. */
export interface ApiDeliveries {
  /** Oldest first, of all customers. */
  undelivered(): readonly ApiUndelivered[];
  /** Durable when resolved; how many there were. */
  forget(seqs: readonly number[]): Promise<number>;
  /** Counts of the whole node. */
  counts(): {
    /** Events that wait for the broker, that are damaged and will not be sent, that were dropped unsent. */
    readonly events: { readonly waiting: number; readonly damaged: number; readonly dropped: number };
    readonly broker: { readonly connected: boolean };
    readonly webhooks: { readonly waiting: number; readonly undelivered: number };
  };
}

/** The routes /api/v1/webhooks/undelivered: list, and forget one or all; only of the caller's own customer. */
export function undeliveredRoutes({
  deliveries,
  ledger,
  now,
}: Pick<ApiDependencies, 'deliveries' | 'ledger' | 'now'>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const of = (customerId: string) =>
    deliveries.undelivered().filter(({ customer }) => customer === customerId);

  const forget = async ({ customerId, by }: ApiEnv['Variables']['caller'], seqs: readonly number[]) => {
    const forgotten = await deliveries.forget(seqs);
    if (forgotten > 0)
      ledger.note({ at: now(), act: 'webhook.forget', by, customerId, details: { forgotten } });
    return { status: 'success', forgotten };
  };

  app.get('/', c => {
    const undelivered = of(c.get('caller').customerId).map(({ customer: _customer, ...rest }) => rest);
    return c.json({ undelivered });
  });

  app.delete('/', async c => {
    const caller = c.get('caller');
    const seqs = of(caller.customerId).map(({ seq }) => seq);
    return c.json(await forget(caller, seqs));
  });

  app.delete('/:seq', async c => {
    const caller = c.get('caller');
    const seq = parse(Seq, c.req.param('seq'), 'seq');
    if (!of(caller.customerId).some(each => each.seq === seq))
      throw new FacegateError(
        'not_found',
        'No undelivered decision has this seq; list them to see which do.',
      );
    return c.json(await forget(caller, [seq]));
  });

  return app;
}
