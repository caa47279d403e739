import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import mqtt, { type MqttClient } from 'mqtt';
import { type Mosquitto, openMosquitto } from './brokers.ts';
import { createDoorController } from './door-controller.ts';
import { removeFolder, temporaryFolder } from './temporary-store.ts';

/** Node, door and secret of the door's key that the child decides for. */
export const TORTURED = { node: 'soak', door: 'front', secret: 'a secret of at least thirty-two characters' };

/** What came of a broker that was away, while it and the daemon were killed. */
export interface BrokerTorture {
  /** Events that were durable, to the daemon's knowledge. */
  readonly events: number;
  readonly delivered: number;
  readonly lost: readonly number[];
  /** Deliveries of an event after its first. */
  readonly duplicates: number;
  /** Grants that came after they had expired. */
  readonly lateGrants: number;
  /** Denials because a grant would have been late. */
  readonly stale: number;
  /** How often the reference controller opened, and for what it did not. */
  readonly opened: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Events that came before an older one of their camera. */
  readonly outOfOrder: number;
  readonly daemonKills: number;
  readonly brokerKills: number;
  /** Resident memory of the daemon's part while the broker was away, in MB (10^6 bytes): the first quarter and the last. */
  readonly rss: { readonly early: number; readonly late: number };
}

/** The share of the events that happen while the broker is away; the rest when it is back. */
const AWAY = 0.9;
/** Of the kills of the daemon, those while the broker is away. */
const KILLS_AWAY = 0.7;
const PATIENCE_MS = 120_000;

interface Message {
  readonly event_id: string;
  readonly seq: number;
  readonly camera: string;
  readonly type: string;
  readonly decision?: string;
  readonly stale?: boolean;
  readonly expires_at?: string;
}

/** Runs the event source (the program at `child`) against a mosquitto that is durable. Rejects where nothing goes on for two minutes. */
export async function tortureBroker(options: {
  child: string;
  events: number;
  perSecond: number;
  daemonKills: number;
  brokerKills: number;
  onProgress?: (delivered: number, of: number) => void;
}): Promise<BrokerTorture> {
  const { child, events, perSecond, daemonKills, brokerKills, onProgress = () => undefined } = options;
  const dir = temporaryFolder();
  const broker = await openMosquitto({ durable: true });
  const heard = await listen(broker);
  const source = createSource(child, [dir, broker.url], perSecond);
  const isDelivered = () => [...source.made.keys()].every(id => heard.ids.has(id));
  try {
    await broker.kill('SIGTERM');
    const away = Math.floor(events * AWAY);
    const killsAway = Math.round(daemonKills * KILLS_AWAY);
    for (let kill = 1; kill <= killsAway; kill++) {
      source.run(away - source.made.size);
      await patiently(() => source.made.size >= (kill * away) / (killsAway + 1));
      await source.kill();
    }
    source.run(away - source.made.size);
    await patiently(() => source.isDone());
    const rss = quartersOf(source.rss);

    await broker.start();
    const kills = shuffled(brokerKills, daemonKills - killsAway);
    for (const [at, what] of kills.entries()) {
      const threshold = ((at + 1) * away) / (kills.length + 1);
      await patiently(() => heard.ids.size >= threshold || isDelivered());
      onProgress(heard.ids.size, events);
      if (what === 'broker') {
        await broker.kill('SIGKILL');
        await broker.start();
      } else {
        await source.kill();
        source.run(0);
      }
    }
    await patiently(isDelivered);
    await source.kill();
    source.run(events - source.made.size);
    await patiently(() => source.isDone() && isDelivered());
    // Second copies may still be on their way.
    await sleep(500);
    const lost = [...source.made].filter(([id]) => !heard.ids.has(id)).map(([, seq]) => seq);
    const delivered = source.made.size - lost.length;
    return { ...heard.report(), events: source.made.size, delivered, lost, daemonKills, brokerKills, rss };
  } finally {
    await source.kill();
    await heard.close();
    await broker.close();
    removeFolder(dir);
  }
}

/** A subscriber with a persistent session, as a door controller is one. */
async function listen(broker: Mosquitto) {
  const controller = createDoorController({ ...TORTURED, now: Date.now });
  const ids = new Set<string>();
  const newest = new Map<string, number>();
  const count = { duplicates: 0, lateGrants: 0, stale: 0, outOfOrder: 0 };
  const client: MqttClient = mqtt.connect(broker.url, {
    clientId: 'controller',
    clean: false,
    protocolVersion: 5,
    properties: { sessionExpiryInterval: 86_400 },
    reconnectPeriod: 50,
    connectTimeout: 2000,
  });
  client.on('error', () => undefined);
  client.on('message', (topic, payload, { retain }) => {
    if (topic === controller.topic) controller.hear(payload, retain);
    if (!/\/(event|door)\//.test(topic)) return;
    const message = JSON.parse(payload.toString()) as Message;
    if (message.stale) count.stale++;
    if (message.decision === 'grant' && Date.now() > Date.parse(message.expires_at ?? '')) count.lateGrants++;
    if (ids.has(message.event_id)) {
      count.duplicates++;
      return;
    }
    ids.add(message.event_id);
    if (message.seq < (newest.get(message.camera) ?? 0)) count.outOfOrder++;
    newest.set(message.camera, Math.max(message.seq, newest.get(message.camera) ?? 0));
  });
  await new Promise(resolve => client.once('connect', resolve));
  await client.subscribeAsync('facegate/#', { qos: 1 });
  return {
    ids,
    report: () => ({ ...count, opened: controller.opened().length, refused: controller.refused() }),
    close: () => client.endAsync(true),
  };
}

/** The part of the daemon that makes events, as a process that is killed and started again. */
function createSource(program: string, place: readonly string[], perSecond: number) {
  /** `seq` of each event that is durable, by its id. */
  const made = new Map<string, number>();
  const rss: number[] = [];
  let running: ChildProcess | undefined;
  let done = false;
  return {
    made,
    rss,
    isDone: () => done,
    run: (count: number) => {
      done = false;
      const child = spawn(process.execPath, [program, ...place, String(count), String(perSecond)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      running = child;
      createInterface({ input: child.stdout }).on('line', line => {
        const said = JSON.parse(line) as { id?: string; seq?: number; rss?: number; done?: true };
        if (said.id !== undefined) made.set(said.id, said.seq ?? 0);
        if (said.rss !== undefined) rss.push(said.rss / 1e6);
        if (said.done && running === child) done = true;
      });
    },
    kill: async () => {
      const child = running;
      running = undefined;
      if (child === undefined || child.exitCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** So many of each, evenly mixed. */
function shuffled(brokers: number, daemons: number): ('broker' | 'daemon')[] {
  const at = (count: number, what: 'broker' | 'daemon') =>
    Array.from({ length: count }, (_, n) => ({ what, place: (n + 0.5) / count }));
  return [...at(brokers, 'broker'), ...at(daemons, 'daemon')]
    .sort((a, b) => a.place - b.place)
    .map(({ what }) => what);
}

function quartersOf(samples: readonly number[]): { early: number; late: number } {
  const quarter = Math.max(1, Math.floor(samples.length / 4));
  const mean = (some: readonly number[]) => some.reduce((sum, it) => sum + it, 0) / some.length;
  return { early: mean(samples.slice(0, quarter)), late: mean(samples.slice(-quarter)) };
}

async function patiently(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited ${PATIENCE_MS} ms in vain for: ${condition}`);
    await sleep(10);
  }
}
