import type { Logger } from '../platform/logger.ts';
import { type Announcer, createRetainQueue } from './announcer.ts';
import type { DiscoveryMessage } from './home-assistant.ts';

/** Where Home Assistant says that it has started, unless it was told otherwise. */
const BIRTH_TOPIC = 'homeassistant/status';

/** Announces `messages` at each connect and each start of Home Assistant. */
export function createAnnouncer(options: { messages: readonly DiscoveryMessage[]; log: Logger }): Announcer {
  const { messages, log } = options;

  return link => {
    let isRefused = false;
    const retain = createRetainQueue(link, warnOnce);

    function warnOnce(topic: string): void {
      if (!isRefused)
        log.warn(
          { topic },
          'The broker refuses what discovery by Home Assistant needs; check its access rules.',
        );
      isRefused = true;
    }

    function announce(): void {
      for (const { topic, payload } of messages) retain(topic, payload);
    }

    link.subscribe(BIRTH_TOPIC, () => warnOnce(BIRTH_TOPIC));
    announce();

    return ({ topic, payload, retain: isKept }) => {
      // A birth message that was retained tells of an earlier start.
      if (topic === BIRTH_TOPIC && payload === 'online' && !isKept) announce();
    };
  };
}
