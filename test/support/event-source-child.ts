import { setTimeout as sleep } from 'node:timers/promises';
import { doorKey, signDecision } from '../../src/access/signature.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import type { UnstampedEvent } from '../../src/domain/event.ts';
import { openOutbox } from '../../src/events/outbox.ts';
import { openPublisher } from '../../src/events/publisher.ts';
import { uuidV7Source } from '../../src/events/uuid-v7.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { TORTURED } from './broker-torture.ts';
import { say } from './say.ts';
import { eventOf } from './stored-events.ts';
import { openStoreIn } from './temporary-store.ts';

/**
 * The part of the daemon between a decision and the broker: the store in argv[2], the broker at argv[3], argv[5] events a second (argv[4] in
 * all), every tenth a grant at the door `front`, the others of two cameras. Writes a JSON line for each event that is durable, and one now
 * and then about its memory. Goes on until it is killed.
 */
const [, , dir, url, count, perSecond] = process.argv as [string, string, string, string, string, string];
const { node, door, secret } = TORTURED;
const TTL_MS = 5000;
const MEMORY_EVERY = 50;
/** So many events are made at once, as several cameras do. */
const BURST = 4;

const store = await openStoreIn(dir);
const key = doorKey(secret, node, door);
const config = ConfigSchema.parse({ node, mqtt: { url } });
const outbox = openOutbox({
  table: {
    ...store.outbox,
    append: build =>
      store.outbox.append(seq => {
        const event = build(seq);
        return event.type === 'door_decision' ? signDecision(event, key) : event;
      }),
  },
  node,
  ids: uuidV7Source({ now: Date.now }),
  limits: config.events,
  now: Date.now,
  log: silentLogger,
});
await openPublisher({
  config: config.mqtt,
  node,
  outbox,
  clientId: 'facegate-soak',
  now: Date.now,
  log: silentLogger,
});

for (let made = 0; made < Number(count); made += BURST) {
  const burst = Array.from({ length: Math.min(BURST, Number(count) - made) }, (_, at) => add(made + at));
  await Promise.all([...burst, sleep((1000 * BURST) / Number(perSecond))]);
  if (made % MEMORY_EVERY < BURST) say({ rss: process.memoryUsage().rss });
}
say({ done: true });
setInterval(() => say({ rss: process.memoryUsage().rss }), 500);

async function add(at: number): Promise<void> {
  const stored = await outbox.add(at % 10 === 9 ? decision() : seen(at % 2 === 0 ? 'front' : 'back'));
  if (stored !== undefined) say({ id: stored.event_id, seq: stored.seq });
}

function seen(camera: string): UnstampedEvent {
  const { schema: _s, event_id: _e, seq: _q, node: _n, ...event } = eventOf(0);
  return { ...event, ...times(), camera, track_id: `${camera}-1` } as UnstampedEvent;
}

function decision(): UnstampedEvent {
  const { camera, customer, track_id, similarity, threshold, frames, model } = seen('front') as ReturnType<
    typeof eventOf
  > & { type: 'unknown_seen' };
  const expires_at = new Date(Date.now() + TTL_MS).toISOString();
  const track = { camera, customer, track_id, similarity, threshold, frames, model, ...times(), expires_at };
  return { ...track, type: 'door_decision', door, decision: 'grant', liveness: 'live', unlock_ms: 3000 };
}

function times(): { captured_at: string; decided_at: string } {
  const now = Date.now();
  return { captured_at: new Date(now - 100).toISOString(), decided_at: new Date(now).toISOString() };
}
