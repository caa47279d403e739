import { type Actuator, createRelay } from '../actuators/relay.ts';
import type { Config, DoorConfig } from '../config/schema.ts';
import type { FaceEvent } from '../domain/event.ts';
import type { Outbox } from '../events/outbox.ts';
import type { Publisher } from '../events/publisher.ts';
import type { Logger } from '../platform/logger.ts';
import type { Resource } from '../platform/resources.ts';

/** Lets the actuators of each door know what is decided there, from now on: what waits in the outbox since before is not told to them. */
export function openActuators(parts: {
  config: Config;
  outbox: Pick<Outbox, 'subscribe'>;
  publisher: Pick<Publisher, 'command'>;
  log: Logger;
}): Resource {
  const { config, outbox, publisher, log } = parts;
  const byDoor = new Map(config.doors.map(door => [door.id, actuatorsOf(door)]));

  function actuatorsOf({ relay }: DoorConfig): Actuator[] {
    return relay ? [createRelay({ config: relay, line: publisher, now: Date.now, log })] : [];
  }

  const stop = outbox.subscribe((event: FaceEvent) => {
    if (event.type === 'door_decision')
      for (const actuator of byDoor.get(event.door) ?? []) void actuator.act(event);
  });
  return {
    async close() {
      stop();
    },
  };
}
