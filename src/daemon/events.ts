import type { Config } from '../config/schema.ts';
import { embeddedPort } from '../events/broker-address.ts';
import { openEmbeddedBroker } from '../events/embedded-broker.ts';
import { type Outbox, openOutbox } from '../events/outbox.ts';
import { openPublisher, type Publisher } from '../events/publisher.ts';
import { uuidV7Source } from '../events/uuid-v7.ts';
import type { Logger } from '../platform/logger.ts';
import type { ResourceStack } from '../platform/resources.ts';
import type { Store } from '../store/store.ts';

/** Most events that wait for a broker. */
const MAX_OUTBOX_ROWS = 100_000;

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
    maxRows: MAX_OUTBOX_ROWS,
    log,
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
    }),
  );
  return { outbox, publisher };
}
