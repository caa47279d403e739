import type { Actuator } from '../actuators/actuator.ts';
import { createRelay } from '../actuators/relay.ts';
import { openWebhook, type Webhook } from '../actuators/webhook.ts';
import type { ApiDeliveries } from '../api/undelivered.ts';
import type { Config, DoorConfig } from '../config/schema.ts';
import type { DoorDecision } from '../domain/event.ts';
import type { Outbox } from '../events/outbox.ts';
import type { Publisher } from '../events/publisher.ts';
import type { Gallery } from '../gallery/gallery.ts';
import type { Logger } from '../platform/logger.ts';
import { readPem } from '../platform/pem.ts';
import { createResourceStack, type Resource } from '../platform/resources.ts';
import type { Store } from '../store/store.ts';

/** What the actuators need of the daemon. */
export interface ActuatorParts {
  readonly config: Config;
  readonly store: Pick<Store, 'posts' | 'history'>;
  readonly outbox: Pick<Outbox, 'subscribe'>;
  readonly publisher: Pick<Publisher, 'command'>;
  readonly gallery: Pick<Gallery, 'isEnrolled'>;
  readonly log: Logger;
}

/** What waits for broker and webhooks, and what they did not take, as the REST API needs it. */
export function deliveriesOf(parts: {
  store: Pick<Store, 'posts'>;
  outbox: Pick<Outbox, 'count' | 'damaged' | 'dropped'>;
  publisher: Pick<Publisher, 'status'>;
}): ApiDeliveries {
  const { store, outbox, publisher } = parts;
  const { posts } = store;
  return {
    undelivered: posts.undelivered,
    forget: posts.forget,
    counts: () => ({
      events: { waiting: outbox.count(), damaged: outbox.damaged(), dropped: outbox.dropped().total },
      broker: { connected: publisher.status().connected },
      webhooks: { waiting: posts.waiting().length, undelivered: posts.undelivered().length },
    }),
  };
}

/** Ids of the doors whose decisions are posted. */
export function webhookDoors({ doors }: Config): ReadonlySet<string> {
  return new Set(doors.filter(({ webhook }) => webhook !== undefined).map(({ id }) => id));
}

/**
 * Lets the actuators of each door know what is decided there, from now on: of what was decided before only webhooks are told. Throws
 * StartupError where the CA of a webhook cannot be read.
 */
export async function openActuators(parts: ActuatorParts): Promise<Resource> {
  const { config, store, outbox, publisher, log } = parts;
  const resources = createResourceStack();
  const relays = new Map<string, Actuator>();
  const webhooks = new Map<string, Webhook>();
  for (const [at, door] of config.doors.entries()) {
    const { id, relay } = door;
    if (relay) relays.set(id, createRelay({ config: relay, line: publisher, now: Date.now, log }));
    const webhook = await webhookOf(door, at, parts);
    if (webhook) webhooks.set(id, resources.use(webhook));
  }

  const stop = outbox.subscribe(event => {
    if (event.type !== 'door_decision') return;
    for (const byDoor of [relays, webhooks]) void byDoor.get(event.door)?.act(event);
  });
  resources.use({ close: async () => stop() });
  await resume(store, webhooks);
  return { close: resources.closeAll };
}

async function webhookOf(
  { webhook }: DoorConfig,
  at: number,
  { store, gallery, log }: ActuatorParts,
): Promise<Webhook | undefined> {
  if (webhook === undefined) return undefined;
  return openWebhook({
    config: webhook,
    ca: await readPem(`doors[${at}].webhook.ca`, 'CERTIFICATE', webhook.ca),
    isEnrolled: personId => gallery.isEnrolled(personId),
    book: store.posts,
    now: Date.now,
    monotonic: () => performance.now(),
    random: Math.random,
    log,
  });
}

/** Goes on with what waited when the daemon ended. */
async function resume(
  { posts, history }: ActuatorParts['store'],
  webhooks: ReadonlyMap<string, Webhook>,
): Promise<void> {
  for (const { seq, door } of posts.waiting()) {
    const webhook = webhooks.get(door);
    const [event] = history.page({ after: seq - 1, limit: 1 }).events;
    const decision = event?.seq === seq ? (event as DoorDecision) : undefined;
    if (webhook && decision) void webhook.resume(decision);
    else {
      const failure = webhook ? 'the event is no longer kept' : 'the door has no webhook any more';
      await posts.giveUp(seq, { given_up_at: new Date().toISOString(), attempts: 0, failure });
    }
  }
}
