import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type MqttClient } from 'mqtt';
import type { MqttConfig } from '../config/schema.ts';
import type { FaceEvent } from '../domain/event.ts';
import type { Logger } from '../platform/logger.ts';
import { readTlsMaterial } from '../platform/tls-material.ts';
import type { Announcer, AnnouncerLink } from './announcer.ts';
import { brokerAddress, type MqttVersion } from './broker-address.ts';
import { clientOptions } from './client-options.ts';
import { type Command, type CommandOutcome, sendCommand } from './command.ts';
import { isVersionRefusal } from './connection-failure.ts';
import { commandLink, send } from './delivery.ts';
import { createFailureLog } from './failure-log.ts';
import type { Outbox } from './outbox.ts';
import { outgoing } from './outgoing.ts';
import { createPump } from './pump.ts';
import { reconnectDelay } from './reconnect-delay.ts';
import { createStateBoard } from './state-board.ts';
import {
  type MessageKind,
  type PassingKind,
  type Payloads,
  ROUTES,
  type StateKind,
  type TopicRoot,
} from './topics.ts';

const WINDOW = 64;
/** What MQTT allows at most where the broker names no limit. */
const MOST_IN_FLIGHT = 65_535;
/** Room that events leave for what does not wait for its turn: states and commands. */
const BESIDE_EVENTS = 4;
const CLOSE_TIMEOUT_MS = 2000;

/** What can be told of the connection to the broker. */
export interface PublisherStatus {
  readonly connected: boolean;
  /** Events in the outbox, those in flight included. */
  readonly pending: number;
  readonly inFlight: number;
  /** Why there is no connection, in one sentence; absent while there is one. */
  readonly lastError?: string;
}

/** The way out to MQTT. */
export interface Publisher {
  /** Keeps and publishes a retained state; sent again whenever the broker comes back. */
  setState<K extends StateKind>(kind: K, payload: Payloads[K]): void;
  /** Sends it now if there is a connection, and forgets it. */
  tell<K extends PassingKind>(kind: K, payload: Payloads[K]): void;
  /** Sends it now if there is a connection, or never. */
  command(command: Command): Promise<CommandOutcome>;
  status(): PublisherStatus;
  /** Finishes what is under way, says `offline` and leaves, all within 2 seconds. */
  close(): Promise<void>;
}

type Done = (error?: unknown) => void;

/**
 * Starts to deliver the outbox and returns at once: a broker that is absent is tried again for ever.
 * Throws StartupError only if `config.url` is no address, or the certificates cannot be used.
 */
export async function openPublisher(options: {
  config: MqttConfig;
  node: string;
  outbox: Outbox;
  clientId: string;
  now: () => number;
  /** Whether `now` is to be believed; else no grant goes out. */
  isClockSure?: () => boolean;
  log: Logger;
  announcers?: readonly Announcer[];
  delay?: (attempt: number) => number;
}): Promise<Publisher> {
  const { config, outbox, now, log, announcers = [], delay = reconnectDelay } = options;
  const root: TopicRoot = { baseTopic: config.baseTopic, node: options.node };
  const address = brokerAddress(config);
  const mqttOptions = clientOptions({
    address,
    tls: await readTlsMaterial('mqtt', config),
    clientId: options.clientId,
    statusTopic: ROUTES.status.topic(root, 'offline'),
  });
  const failures = createFailureLog({ place: `${address.host}:${address.port}`, now, log });
  const states = createStateBoard();
  const pump = createPump({ outbox, log });
  const stopping = new AbortController();
  let live: MqttClient | undefined;
  let endSession: () => void;

  const stopPoking = outbox.subscribe(() => pump.poke());
  const running = stayConnected();

  async function stayConnected(): Promise<void> {
    let [version] = address.versions;
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      const { connected, error } = await session(version);
      if (stopping.signal.aborted) return;
      const older = address.versions.find(other => other < version);
      if (isVersionRefusal(error) && older !== undefined) {
        version = older;
        continue;
      }
      // The next broker may be a newer one.
      [version] = address.versions;
      failures.failed(error);
      if (connected) attempt = 0;
      await sleep(delay(attempt), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  /** One client per connection: a client that reconnects by itself sends its leftovers again, beside the outbox. */
  function session(version: MqttVersion): Promise<{ connected: boolean; error: unknown }> {
    return new Promise(resolve => {
      const client = connect({ ...mqttOptions, protocolVersion: version });
      let connected = false;
      let failure: unknown;
      let over = false;
      endSession = () => {
        if (over) return;
        over = true;
        live = undefined;
        pump.detach();
        states.detach();
        client.end(true);
        client.stream.destroy();
        resolve({ connected, error: failure });
      };
      const end = endSession;
      // Never removed: an 'error' without a listener ends the process.
      client.on('error', error => {
        failure ??= error;
        end();
      });
      client.on('disconnect', ({ reasonCode }) => {
        failure ??= Object.assign(new Error(`code ${reasonCode} from the broker`), { code: reasonCode });
      });
      client.on('close', end);
      client.on('connect', ({ properties }) => {
        connected = true;
        live = client;
        failures.connected(version);
        publish(client, 'status', 'online', logRefusal);
        announce(client);
        states.attach({
          send: (topic, payload, done) =>
            send(client, topic, payload, ROUTES.camera_state, error => {
              logRefusal(error);
              done();
            }),
        });
        const most = (properties?.receiveMaximum ?? MOST_IN_FLIGHT) - BESIDE_EVENTS;
        const window = Math.max(1, Math.min(WINDOW, most));
        pump.attach({
          window,
          send: (event, done) => sendEvent(client, event, done),
        });
      });
    });
  }

  function sendEvent(client: MqttClient, event: FaceEvent, done: Done): void {
    const { body, expirySeconds } = outgoing(event, now(), options.isClockSure?.());
    send(client, topicOf(root, event.type, event), body, { qos: 1, retain: false, expirySeconds }, done);
  }

  function publish<K extends MessageKind>(
    client: MqttClient,
    kind: K,
    payload: Payloads[K],
    done: Done,
  ): void {
    const route = ROUTES[kind];
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    send(client, route.topic(root, payload), body, route, done);
  }

  function announce(client: MqttClient): void {
    const link: AnnouncerLink = {
      retain: (topic, payload, done) => send(client, topic, payload, { qos: 1, retain: true }, done),
      subscribe: (filter, refused) =>
        client.subscribe(filter, { qos: 1, nl: true }, error => {
          // Without the broker's answer, the error says that this connection is ending.
          if (error && 'packet' in error && error.packet !== undefined) refused(error);
        }),
    };
    const received = announcers.map(announcer => announcer(link));
    client.on('message', (topic, body, { retain }) => {
      for (const receive of received) receive({ topic, payload: `${body}`, retain });
    });
  }

  function logRefusal(error?: unknown): void {
    if (error instanceof Error && live !== undefined)
      log.warn({ reason: error.message }, 'The broker refused a state; check its access rules.');
  }

  async function leave(client: MqttClient): Promise<void> {
    await pump.drain();
    await new Promise<unknown>(resolve => {
      publish(client, 'status', 'offline', resolve);
      client.once('close', () => resolve(undefined));
    });
    await client.endAsync();
  }

  return {
    setState(kind, payload) {
      states.set(ROUTES[kind].topic(root, payload), JSON.stringify(payload));
    },
    tell(kind, payload) {
      if (live !== undefined) publish(live, kind, payload, () => undefined);
    },
    command: command => sendCommand(live && commandLink(live), command, now()),
    status() {
      const lastError = failures.lastError();
      return {
        connected: live !== undefined,
        pending: outbox.count(),
        inFlight: pump.inFlight(),
        ...(lastError === undefined ? {} : { lastError }),
      };
    },
    async close() {
      stopPoking();
      stopping.abort();
      await within(CLOSE_TIMEOUT_MS, live === undefined ? pump.drain() : leave(live));
      endSession();
      await running;
    },
  };
}

function topicOf<K extends MessageKind>(root: TopicRoot, kind: K, payload: Payloads[K]): string {
  return ROUTES[kind].topic(root, payload);
}

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const timeout = sleep(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([work, timeout]);
  timer.abort();
}
