// Events from the outbox to a subscriber beside what broker and disk do alone, and from first sight to the decision of a door.
// node dist/bench/events.js [--json]
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { ConfigSchema } from '../src/config/schema.ts';
import type { DoorDecision } from '../src/domain/event.ts';
import { type Outbox, openOutbox } from '../src/events/outbox.ts';
import { openPublisher } from '../src/events/publisher.ts';
import { uuidV7Source } from '../src/events/uuid-v7.ts';
import { silentLogger } from '../src/platform/logger.ts';
import type { Store } from '../src/store/store.ts';
import { type Mosquitto, openMosquitto } from '../test/support/brokers.ts';
import { eventOf } from '../test/support/stored-events.ts';
import { openTemporaryStore } from '../test/support/temporary-store.ts';
import { visitsStream } from '../test/support/visits.ts';
import { openBenchDaemon } from './bench-daemon.ts';
import { ARRIVAL } from './clips.ts';
import { giveUp, type Quantiles, quantiles, table } from './report.ts';
import { epochNow, startCamera } from './timed-camera.ts';

const NODE = 'bench';
const WARM_UP = 2000;
const EVENTS = 10_000;
const WINDOW = 64;
const SINGLE = 300;
const SINGLE_EVERY_MS = 20;
const CLIP_FPS = 25;
const SECRET = 'a secret of at least thirty-two characters';

/** Something that takes an event or a message in, and is done with it. */
type Take = (event: ReturnType<typeof unstamped>) => Promise<unknown>;

async function main(): Promise<void> {
  const broker = await openMosquitto();
  const store = await openTemporaryStore();
  const heard = await listen(broker);
  const outbox = await openOutboxOf(store, broker);
  const whole = await rate(event => outbox.add(event), heard);
  const single = await latency(event => outbox.add(event), heard);
  const bare = await barePublisher(broker);
  const mqtt = await rate(bare.publish, heard);
  const bareSingle = await latency(bare.publish, heard);
  await bare.close();
  await outbox.close();
  const commits = await rate(event => store.outbox.append(seq => ({ ...eventOf(seq), ...event }) as never));
  const serial = await latency(event => store.outbox.append(seq => ({ ...eventOf(seq), ...event }) as never));
  await heard.close();
  await store.close();
  await broker.close();
  const door = await doorLatency();

  const limit = Math.min(mqtt, commits);
  const ms = ({ p50, p95 }: Quantiles, places = 1) => [p50.toFixed(places), p95.toFixed(places)];
  console.log(
    table(
      ['', 'events a second', 'p50 ms', 'p95 ms'],
      [
        ['outbox to subscriber, durable, QoS 1', whole.toFixed(0), ...ms(single)],
        ['publisher and broker alone, QoS 1, window 64', mqtt.toFixed(0), ...ms(bareSingle)],
        ['durable commits alone, 64 at once; one at a time', commits.toFixed(0), ...ms(serial)],
        [`first sight to the decision at a door, ${door.count} visits`, '', ...ms(door, 0)],
      ],
    ),
  );
  console.log(`${(whole / limit).toFixed(2)} of what the slower of both does alone`);
  if (process.argv.includes('--json'))
    console.log(
      JSON.stringify({
        ...{
          events_per_s: Math.round(whole),
          mqtt_per_s: Math.round(mqtt),
          commits_per_s: Math.round(commits),
        },
        ...{ of_limit: Number((whole / limit).toFixed(2)), latency_ms: rounded(single, 1) },
        decision_s: rounded(door, 1000),
      }),
    );
}

function rounded({ p50, p95 }: Quantiles, unit: number): Quantiles {
  return { p50: Number((p50 / unit).toFixed(2)), p95: Number((p95 / unit).toFixed(2)) };
}

/** Events a second with so many under way, until the last one has been taken in and, where a subscriber is to hear of them, was heard of. */
async function rate(take: Take, heard?: Heard): Promise<number> {
  const run = async (count: number) => {
    const before = heard?.count() ?? 0;
    let made = 0;
    const lane = async () => {
      while (made++ < count) await take(unstamped());
    };
    await Promise.all(Array.from({ length: WINDOW }, lane));
    while (heard && heard.count() < before + count) await sleep(1);
  };
  await run(WARM_UP);
  const began = performance.now();
  await run(EVENTS);
  return (1000 * EVENTS) / (performance.now() - began);
}

/** Milliseconds for one event at a time, until it was heard of, or taken in where nobody listens. */
async function latency(take: Take, heard?: Heard): Promise<Quantiles> {
  const times: number[] = [];
  for (let at = 0; at < SINGLE; at++) {
    const began = performance.now();
    const arrives = heard?.next();
    await take(unstamped());
    await arrives;
    times.push(performance.now() - began);
    await sleep(SINGLE_EVERY_MS);
  }
  return quantiles(times);
}

type Heard = Awaited<ReturnType<typeof listen>>;

async function listen(broker: Mosquitto) {
  const client = await connectAsync(broker.url, { protocolVersion: 5 });
  let count = 0;
  let waiting: (() => void) | undefined;
  client.on('message', () => {
    count++;
    waiting?.();
    waiting = undefined;
  });
  await client.subscribeAsync(`facegate/${NODE}/event/#`, { qos: 1 });
  return {
    count: () => count,
    next: () => new Promise<void>(resolve => (waiting = resolve)),
    close: () => client.endAsync(),
  };
}

/** The daemon's way from a decision to the broker. */
async function openOutboxOf(
  { outbox: rows }: Store,
  broker: Mosquitto,
): Promise<Outbox & { close(): Promise<void> }> {
  const config = ConfigSchema.parse({ node: NODE, mqtt: { url: broker.url } });
  const parts = { node: NODE, now: Date.now, log: silentLogger };
  const outbox = openOutbox({ ...parts, table: rows, ids: uuidV7Source(parts), limits: config.events });
  const publisher = await openPublisher({ ...parts, config: config.mqtt, outbox, clientId: 'bench' });
  return { ...outbox, close: () => publisher.close() };
}

/** The same messages without a store. */
async function barePublisher(broker: Mosquitto): Promise<{ publish: Take; close: () => Promise<void> }> {
  const client: MqttClient = await connectAsync(broker.url, { protocolVersion: 5 });
  const topic = `facegate/${NODE}/event/unknown_seen`;
  return {
    publish: event => client.publishAsync(topic, JSON.stringify({ ...eventOf(1), ...event }), { qos: 1 }),
    close: () => client.endAsync(),
  };
}

function unstamped() {
  const { schema: _schema, event_id: _id, seq: _seq, node: _node, ...event } = eventOf(0);
  const now = new Date().toISOString();
  return { ...event, captured_at: now, decided_at: now } as Omit<
    Extract<ReturnType<typeof eventOf>, { type: 'unknown_seen' }>,
    'schema' | 'event_id' | 'seq' | 'node'
  >;
}

/** Lets a person come again and again and waits for the grant at an MQTT client, milliseconds since the first picture of her. */
async function doorLatency(): Promise<Quantiles & { count: number }> {
  const { clip, visits } = await visitsStream();
  const broker = await openMosquitto();
  const sender = await startCamera(clip);
  const client = await connectAsync(broker.url, { protocolVersion: 5 });
  const granted: number[] = [];
  client.on('message', (_topic, payload) => {
    if ((JSON.parse(payload.toString()) as DoorDecision).decision === 'grant') granted.push(epochNow());
  });
  await client.subscribeAsync(`facegate/${NODE}/door/main/decision`, { qos: 1 });
  const daemon = await openBenchDaemon({
    cameras: [`url: "${sender.url}", fps: 5, burstFps: 10`],
    mqttUrl: broker.url,
    config: [
      'doors:',
      `  - { id: main, customer: bench, cameras: [cam-1], key: ${JSON.stringify(SECRET)}, cooldownSeconds: 1 }`,
    ],
  });
  await daemon.live();
  const live = epochNow();
  // Of pictures that come a second time no door opens: the clip is played once.
  const pictures = visits * ARRIVAL.seconds * CLIP_FPS;
  const shown = (visit: number) => sender.sentAt((visit * ARRIVAL.seconds + ARRIVAL.at) * CLIP_FPS, pictures);
  const end = epochNow() + (visits + 1) * ARRIVAL.seconds * 1000;
  while (shown(visits - 1) === undefined && epochNow() < end) await sleep(50);
  await sleep(1000 * (ARRIVAL.seconds - ARRIVAL.at));
  const delays = Array.from({ length: visits }, (_, visit) => shown(visit)).flatMap(at =>
    at === undefined || at < live ? [] : [(granted.find(time => time > at) ?? Number.POSITIVE_INFINITY) - at],
  );
  await daemon.close();
  await client.endAsync();
  await broker.close();
  sender.close();
  return { ...quantiles(delays), count: delays.length };
}

await main().catch(giveUp);
