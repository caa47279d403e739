import { Hono } from 'hono';
import { FacegateError } from '../domain/errors.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { parse } from './fields.ts';
import { Seq } from './history-query.ts';

/** The face crops that are kept of events. */
export interface ApiSnapshots {
  /** JPEG bytes; undefined where none is kept of the event. */
  read(seq: number): Promise<Uint8Array | undefined>;
}

type Deps = Pick<ApiDependencies, 'history' | 'snapshots' | 'ledger' | 'now'>;

/** The route /api/v1/events/{seq}/snapshot.jpg; only of the caller's own customer. */
export function snapshotRoutes({ history, snapshots, ledger, now }: Deps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.get('/:id/snapshot.jpg', async c => {
    const seq = parse(Seq, c.req.param('id'), 'The number of the event');
    const { by, customerId } = c.get('caller');
    const [event] = history.page({ after: seq - 1, limit: 1 }).events;
    // Another customer's is not found, as one that does not exist.
    if (event?.seq !== seq || event.customer !== customerId)
      throw new FacegateError('not_found', 'There is no such event, or not any more.');
    const jpeg = await snapshots.read(seq);
    if (jpeg === undefined)
      throw new FacegateError(
        'snapshot_not_found',
        'No face crop is kept of this event: it never was, or it is older than history.snapshots.retentionDays.',
      );
    const headers = { 'content-type': 'image/jpeg' };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const persons = 'person' in event ? { customerPersonIds: [event.person.customer_person_id] } : {};
    ledger.note({ at: now(), act: 'snapshot.view', by, customerId, ...persons, details: { seq } });
    return c.body(Buffer.from(jpeg), 200, headers);
  });

  return app;
}
