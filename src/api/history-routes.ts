import { type Context, Hono } from 'hono';
import { FacegateError } from '../domain/errors.ts';
import type { FaceEvent } from '../domain/event.ts';
import { prefers } from './accept.ts';
import { isStillCaller } from './auth.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { pastEvent } from './event-answer.ts';
import { parse } from './fields.ts';
import { type EventFilter, type HistoryReading, readHistory } from './history.ts';
import { type AskedEvents, HistoryQuery, Seq, StreamQuery } from './history-query.ts';
import { eventStream, type StreamLimits } from './history-stream.ts';
import { bytesOf } from './live-body.ts';

const DEFAULT_PAGE = 100;
/** Reads for one answer: a filter that fits little must not keep its caller waiting for long. */
const MOST_READS = 200;
const LINES = 'application/x-ndjson';
const RETRY_AFTER_SECONDS = 10;
const LIMITS: StreamLimits = { inAll: 16, stalledMs: 10_000, heartbeatMs: 15_000 };

type Deps = Pick<ApiDependencies, 'history' | 'gallery' | 'ledger' | 'tokens' | 'now' | 'limits'>;

/** The routes /api/v1/events (a page, or all as JSON lines) and /api/v1/events/stream (as they come); only of the caller's own customer. */
export function historyRoutes(deps: Deps): Hono<ApiEnv> {
  const { history, ledger, now } = deps;
  const limits = { ...LIMITS, ...deps.limits.eventStreams };
  const app = new Hono<ApiEnv>();
  let listeners = 0;

  app.get('/', async c => {
    const { after = 0, limit, ...asked } = parse(HistoryQuery, c.req.query());
    const reading = readHistory(history, filterOf(c, asked), after);
    if (!prefers(c.req.header('accept'), LINES, 'application/json'))
      return c.json(await pageOf(reading, limit ?? DEFAULT_PAGE));
    const headers = { 'content-type': LINES };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const { by, customerId } = c.get('caller');
    ledger.note({ at: now(), act: 'event.export', by, customerId });
    return c.body(linesOf(reading, limit ?? Infinity), 200, headers);
  });

  app.get('/stream', c => {
    const { after, ...asked } = parse(StreamQuery, c.req.query());
    const filter = filterOf(c, asked);
    const lastSeen = parse(Seq.optional(), c.req.header('last-event-id') || undefined, 'Last-Event-ID');
    const newest = history.lastSeq();
    // A store that was set back to a backup gives numbers again that were given before.
    const from = Math.min(lastSeen ?? after ?? newest, newest);
    const headers = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const body = eventStream(history, readHistory(history, filter, from), {
      ...limits,
      ...c.env,
      now,
      isAllowed: () => isStillCaller(c.get('caller'), c.req.header('authorization'), deps),
      onEnd: enter(),
    });
    return c.body(body, 200, headers);
  });

  return app;

  function enter(): () => void {
    if (listeners >= limits.inAll)
      throw new FacegateError(
        'overloaded',
        `Already ${listeners} listen to events; close a stream and retry.`,
        { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } },
      );
    listeners++;
    return () => void listeners--;
  }

  function filterOf(c: Context<ApiEnv>, { type, camera, person }: AskedEvents): EventFilter {
    const { customerId } = c.get('caller');
    if (person === undefined) return { customerId, type, camera };
    const personId = deps.gallery.find(customerId, person)?.id;
    if (personId === undefined)
      throw new FacegateError('person_not_found', 'No such person is enrolled, so no event names them.');
    return { customerId, type, camera, personId };
  }
}

/** At most `limit` events; `next` where there may be more, also if a rare filter has found none yet. */
async function pageOf(reading: HistoryReading, limit: number): Promise<{ events: object[]; next?: number }> {
  const events: FaceEvent[] = [];
  for (let reads = 0; reads < MOST_READS && events.length <= limit; reads++) {
    events.push(...(await reading.read()));
    if (reading.isAtEnd()) break;
  }
  const told = events.slice(0, limit).map(pastEvent);
  if (events.length > limit) return { events: told, next: events[limit - 1].seq };
  return { events: told, ...(!reading.isAtEnd() && { next: reading.position() }) };
}

/** The events as JSON lines, read as they are taken, so that a slow reader costs no memory. */
function linesOf(reading: HistoryReading, limit: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = limit;
  return new ReadableStream(
    {
      pull: async controller => {
        while (left > 0) {
          const events = (await reading.read()).slice(0, left);
          left = reading.isAtEnd() ? 0 : left - events.length;
          if (events.length === 0) continue;
          controller.enqueue(bytesOf(events.map(event => `${JSON.stringify(pastEvent(event))}\n`).join('')));
          if (left > 0) return;
        }
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
