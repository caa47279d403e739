import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import type { FaceEvent } from '../domain/event.ts';
import { embeddedPort } from '../events/broker-address.ts';
import { openEmbeddedBroker } from '../events/embedded-broker.ts';
import { discoveryFilter, discoveryMessages } from '../events/home-assistant.ts';
import { type Announcer, createAnnouncer } from '../events/home-assistant-announcer.ts';
import { type Outbox, openOutbox } from '../events/outbox.ts';
import { createPresence } from '../events/presence.ts';
import { openPublisher, type Publisher } from '../events/publisher.ts';
import { uuidV7Source } from '../events/uuid-v7.ts';
import type { Logger } from '../platform/logger.ts';
import { type ResourceStack, startLoop } from '../platform/resources.ts';
import type { Store } from '../store/store.ts';

/** How often the outbox is looked through for events that are too old. */
const DROP_OLD_INTERVAL_MS = 60_000;

/** The way from a decision to the broker: outbox, embedded broker where one is wanted, publisher. */
export async function openEvents(parts: {
  config: Config;
  store: Store;
  log: Logger;
  resources: ResourceStack;
}): Promise<{
  outbox: Outbox;
  publisher: Publisher;
}> {
  const { config, store, log, resources } = parts;
  const outbox = openOutbox({
    table: store.outbox,
    node: config.node,
    ids: uuidV7Source({ now: Date.now }),
    limits: config.events,
    now: Date.now,
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
      now: Date.now,
      log,
      announcer: announcerOf(config, log),
    }),
  );
  publisher.setState('events_dropped', outbox.dropped());
  resources.use(startLoop(signal => dropOldNowAndThen(outbox, signal, log)));
  return { outbox: withPresence(outbox, publisher, config), publisher };
}

function announcerOf(config: Config, log: Logger): Announcer | undefined {
  const { homeAssistant, mqtt, node, cameras, doors } = config;
  if (!homeAssistant.enabled) return undefined;
  const place = {
    root: { baseTopic: mqtt.baseTopic, node },
    discoveryPrefix: homeAssistant.discoveryPrefix,
  };
  return createAnnouncer({
    messages: discoveryMessages({ ...place, cameras, doors }),
    filter: discoveryFilter(place),
    log,
  });
}

/** Presence follows what recognition says, not what is delivered: who is erased leaves, too. */
function withPresence(outbox: Outbox, publisher: Publisher, { cameras }: Config): Outbox {
  const presence = createPresence({
    cameras: cameras.map(({ id }) => id),
    tell: report => publisher.setState('presence', report),
  });
  return {
    ...outbox,
    add: async event => {
      let stored: FaceEvent | undefined;
      try {
        stored = await outbox.add(event);
      } finally {
        presence.note(event, stored !== undefined);
      }
      return stored;
    },
  };
}

async function dropOldNowAndThen(outbox: Outbox, signal: AbortSignal, log: Logger): Promise<void> {
  while (!signal.aborted) {
    await outbox
      .dropOld()
      .catch((error: unknown) => log.error({ err: error }, 'Old events could not be dropped.'));
    await sleep(DROP_OLD_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}
