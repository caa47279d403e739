import type { Actuator } from '../actuators/actuator.ts';
import { openDeadLetters } from '../actuators/dead-letters.ts';
import { createRelay } from '../actuators/relay.ts';
import { openWebhook } from '../actuators/webhook.ts';
import type { Config, DoorConfig } from '../config/schema.ts';
import type { Outbox } from '../events/outbox.ts';
import type { Publisher } from '../events/publisher.ts';
import type { Gallery } from '../gallery/gallery.ts';
import type { Logger } from '../platform/logger.ts';
import { createResourceStack, type Resource } from '../platform/resources.ts';

/** Lets the actuators of each door know what is decided there, from now on: what waits in the outbox since before is not told to them. `dir` is where undelivered decisions are listed. */
export async function openActuators(parts: {
  config: Config;
  dir: string;
  outbox: Pick<Outbox, 'subscribe'>;
  publisher: Pick<Publisher, 'command'>;
  gallery: Pick<Gallery, 'get'>;
  log: Logger;
}): Promise<Resource> {
  const { config, dir, outbox, publisher, gallery, log } = parts;
  const resources = createResourceStack();
  const deadLetters = await openDeadLetters({ dir, log });
  const byDoor = new Map(config.doors.map(door => [door.id, actuatorsOf(door)]));

  function actuatorsOf({ relay, webhook }: DoorConfig): Actuator[] {
    const actuators: Actuator[] = [];
    if (relay) actuators.push(createRelay({ config: relay, line: publisher, now: Date.now, log }));
    if (webhook) actuators.push(resources.use(webhookOf(webhook)));
    return actuators;
  }

  function webhookOf(webhook: NonNullable<DoorConfig['webhook']>) {
    return openWebhook({
      config: webhook,
      isEnrolled: personId => gallery.get(personId) !== undefined,
      bury: deadLetters.add,
      now: Date.now,
      monotonic: () => performance.now(),
      random: Math.random,
      log,
    });
  }

  const stop = outbox.subscribe(event => {
    if (event.type === 'door_decision')
      for (const actuator of byDoor.get(event.door) ?? []) void actuator.act(event);
  });
  resources.use({ close: async () => stop() });
  return { close: resources.closeAll };
}
