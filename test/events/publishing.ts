import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { type Config, ConfigSchema } from '../../src/config/schema.ts';
import type { DoorDecision, FaceEvent, UnstampedEvent } from '../../src/domain/event.ts';
import { type Outbox, type OutboxLimits, openOutbox } from '../../src/events/outbox.ts';
import { openPublisher, type Publisher } from '../../src/events/publisher.ts';
import { uuidV7Source } from '../../src/events/uuid-v7.ts';
import { createLogger, type Logger, silentLogger } from '../../src/platform/logger.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { eventOf } from '../support/stored-events.ts';

/** An event as recognition hands it over, about track number `track`. */
export function unstamped(track: number): UnstampedEvent {
  const { schema: _schema, event_id: _id, seq: _seq, node: _node, ...event } = eventOf(0);
  return { ...event, track_id: `front-${track}` } as UnstampedEvent;
}

/** A broker configuration: the defaults with `changes`. */
export function mqttConfig(changes: Partial<Config['mqtt']>): Config['mqtt'] {
  return { ...ConfigSchema.parse({}).mqtt, ...changes };
}

/** An outbox over a table in memory, or the given one; without limits but for those that are given. */
export function testOutbox(
  options: Partial<OutboxLimits> & Partial<Parameters<typeof openOutbox>[0]> = {},
): Outbox {
  const { maxRows = 100_000, maxBytes = Infinity, ...rest } = options;
  return openOutbox({
    table: createMemoryStore().outbox,
    node: 'lobby',
    ids: uuidV7Source({ now: Date.now }),
    limits: { maxRows, maxBytes, maxAgeHours: 24 },
    // The events of the tests are decided then.
    now: () => Date.parse('2026-01-01T01:00:00Z'),
    log: silentLogger,
    ...rest,
  });
}

/** A publisher that tries again after 50 ms. */
export function testPublisher(
  outbox: Outbox,
  changes: Partial<Config['mqtt']>,
  log: Logger = silentLogger,
): Promise<Publisher> {
  const clientId = `test-${Math.random().toString(36).slice(2)}`;
  return openPublisher({
    config: mqttConfig(changes),
    node: 'lobby',
    outbox,
    clientId,
    now: Date.now,
    log,
    delay: () => 50,
  });
}

/** A logger and the entries that it wrote. */
export function recordingLogger(): { log: Logger; entries: Record<string, unknown>[] } {
  const entries: Record<string, unknown>[] = [];
  const log = createLogger({ level: 'info', write: line => void entries.push(JSON.parse(line)) });
  return { log, entries };
}

/** What a subscriber to everything received, in order. */
export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly at: number;
}

/** A subscriber as a door controller is one; it comes back by itself when the broker does. */
export interface Subscriber {
  readonly received: Received[];
  /** The events among it, duplicates included. */
  events(): (FaceEvent & { published_at: string })[];
  /** The decisions at doors among it. */
  decisions(): (DoorDecision & { stale?: true; published_at: string })[];
  close(): Promise<void>;
}

/** Subscribes to everything below `facegate/` with QoS 1; a durable one gets later what came while it was away. */
export async function subscribe(
  url: string,
  protocolVersion: 4 | 5,
  durable = false,
  tls: { ca?: string; cert?: string; key?: string } = {},
): Promise<Subscriber> {
  const session = durable
    ? { clientId: 'controller', clean: false, properties: { sessionExpiryInterval: 3600 } }
    : {};
  const client: MqttClient = mqtt.connect(url, {
    ...session,
    ...tls,
    protocolVersion,
    reconnectPeriod: 20,
    connectTimeout: 1000,
  });
  client.on('error', () => undefined);
  const received: Received[] = [];
  client.on('message', (topic, payload, { retain }) => {
    received.push({ topic, payload: payload.toString(), retain, at: performance.now() });
  });
  const connected = new Promise(resolve => client.once('connect', resolve));
  await connected;
  await client.subscribeAsync('facegate/#', { qos: 1 });
  return {
    received,
    events: () =>
      received.filter(({ topic }) => topic.includes('/event/')).map(({ payload }) => JSON.parse(payload)),
    decisions: () =>
      received.filter(({ topic }) => topic.endsWith('/decision')).map(({ payload }) => JSON.parse(payload)),
    close: () => client.endAsync(true),
  };
}

/** Resolves when `condition` holds; throws after `timeoutMs`. */
export async function until(condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for: ${condition}`);
    await sleep(5);
  }
}

/** A decision at a door, made at the time of `eventOf` and good for `ttlMs` from then; a signed grant unless told otherwise. */
export function doorDecision(
  options: { ttlMs: number; decidedAt?: number } & Partial<Pick<DoorDecision, 'decision' | 'reason'>>,
): DoorDecision {
  const { ttlMs, decidedAt = Date.parse(eventOf(0).decided_at), decision = 'grant', ...reason } = options;
  const { camera, customer } = unstamped(0);
  return {
    schema: 1,
    event_id: 'event-0',
    seq: 0,
    node: 'lobby',
    type: 'door_decision',
    door: 'front',
    decision,
    ...reason,
    camera,
    customer,
    track_id: 'front-1',
    captured_at: new Date(decidedAt - 100).toISOString(),
    decided_at: new Date(decidedAt).toISOString(),
    expires_at: new Date(decidedAt + ttlMs).toISOString(),
    similarity: 0.8,
    threshold: 0.5,
    frames: 3,
    liveness: 'live',
    model: 'test-embedder',
    unlock_ms: 3000,
    signature: 'ab',
  };
}

/** A grant of now, as a door hands it over; good for `ttlMs`. */
export function freshGrant(ttlMs: number): UnstampedEvent {
  const {
    schema: _schema,
    event_id: _id,
    seq: _seq,
    node: _node,
    ...event
  } = doorDecision({ ttlMs, decidedAt: Date.now() });
  return event;
}
