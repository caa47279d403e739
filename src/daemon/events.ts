import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { FaceEvent } from '../domain/event.ts';
import type { Announcer } from '../events/announcer.ts';
import { embeddedPort } from '../events/broker-address.ts';
import { openEmbeddedBroker } from '../events/embedded-broker.ts';
import { discoveryFilter, discoveryMessages } from '../events/home-assistant.ts';
import { createAnnouncer } from '../events/home-assistant-announcer.ts';
import { type Outbox, openOutbox } from '../events/outbox.ts';
import { createPresence } from '../events/presence.ts';
import { openPublisher, type Publisher } from '../events/publisher.ts';
import { createRetainedSweep } from '../events/retained-sweep.ts';
import { retainedOfCameras } from '../events/topics.ts';
import { uuidV7Source } from '../events/uuid-v7.ts';
import { type Logger, silentLogger } from '../platform/logger.ts';
import { type ResourceStack, startLoop } from '../platform/resources.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from './clock.ts';

/** How often the outbox is looked through for events that are too old. */
const DROP_OLD_INTERVAL_MS = 60_000;

/** The way from a decision to the broker: outbox, embedded broker where one is wanted, publisher. */
export async function openEvents(parts: {
  config: Config;
  store: Store;
  clock: Pick<Clock, 'now' | 'doubt' | 'reasonToKeep'>;
  log: Logger;
  resources: ResourceStack;
}): Promise<{
  outbox: Outbox;
  publisher: Publisher;
}> {
  const { config, store, clock, log, resources } = parts;
  const outbox = openOutbox({
    table: store.outbox,
    node: config.node,
    ids: uuidV7Source({ now: Date.now }),
    limits: config.events,
    now: clock.now,
    log,
    onDropped: report => publisher.setState('events_dropped', report),
  });
  const port = embeddedPort(config.mqtt.url);
  if (port !== undefined) resources.use(await openEmbeddedBroker({ port, log }));
  const publisher = resources.use(
    await openPublisher({
      config: config.mqtt,
      node: config.node,
      outbox,
      clientId: `facegate-${config.node}`,
      now: clock.now,
      isClockSure: () => clock.doubt() === undefined,
      log,
      announcers: announcersOf(config, log),
    }),
  );
  publisher.setState('events_dropped', outbox.dropped());
  resources.use(startLoop(signal => dropOldNowAndThen(outbox, clock, signal, log)));
  return { outbox: withPresence(outbox, publisher, config), publisher };
}

/** Tells Home Assistant what there is, where it is to be told, and takes back what is said of what there is no more. */
function announcersOf(config: Config, log: Logger): Announcer[] {
  const { homeAssistant, mqtt, node, cameras, doors } = config;
  const root = { baseTopic: mqtt.baseTopic, node };
  const place = { root, discoveryPrefix: homeAssistant.discoveryPrefix };
  const messages = homeAssistant.enabled ? discoveryMessages({ ...place, cameras, doors }) : [];
  const states = retainedOfCameras(
    root,
    cameras.map(({ id }) => id),
  );
  const discovery = createRetainedSweep({
    filters: [discoveryFilter(place)],
    present: new Set(messages.map(({ topic }) => topic)),
    // Whoever has no Home Assistant need not give rights for it.
    log: homeAssistant.enabled ? log : silentLogger,
  });
  return [
    createRetainedSweep({ filters: states.filters, present: new Set(states.present), log }),
    discovery,
    ...(messages.length > 0 ? [createAnnouncer({ messages, log })] : []),
  ];
}

/** Presence follows what recognition says, not what is delivered: who is erased leaves, too. */
function withPresence(outbox: Outbox, publisher: Publisher, { cameras }: Config): Outbox {
  const presence = createPresence({
    cameras: cameras.map(({ id }) => id),
    tell: report => publisher.setState('presence', report),
  });
  return {
    ...outbox,
    add: async (event, options) => {
      let stored: FaceEvent | undefined;
      try {
        stored = await outbox.add(event, options);
      } finally {
        presence.note(event, stored !== undefined);
      }
      return stored;
    },
  };
}

async function dropOldNowAndThen(
  outbox: Outbox,
  clock: Pick<Clock, 'reasonToKeep'>,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  while (!signal.aborted) {
    if (clock.reasonToKeep() === undefined)
      await outbox
        .dropOld()
        .catch((error: unknown) => log.error({ err: error }, 'Old events could not be dropped.'));
    await sleep(DROP_OLD_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}
