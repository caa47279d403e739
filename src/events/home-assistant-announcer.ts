import type { Logger } from '../platform/logger.ts';
import type { DiscoveryMessage } from './home-assistant.ts';

/** Where Home Assistant says that it has started, unless it was told otherwise. */
const BIRTH_TOPIC = 'homeassistant/status';

/** One live connection as the announcer sees it. */
export interface AnnouncerLink {
  /** Sends a retained message; `done` gets an error where the broker refuses it, and is never called once the connection is over. */
  retain(topic: string, payload: string, done: (refusal?: unknown) => void): void;
  /** `refused` is called where the broker does not allow it. */
  subscribe(filter: string, refused: (refusal: unknown) => void): void;
}

/** A message that came in by a subscription of the announcer. */
export interface Incoming {
  readonly topic: string;
  readonly payload: string;
  /** Whether the broker had kept it from before the subscription. */
  readonly retain: boolean;
}

/** Announces over a connection that has just been made; what comes in by its subscriptions goes into the function that is returned. */
export type Announcer = (link: AnnouncerLink) => (message: Incoming) => void;

/**
 * Announces `messages` at each connect and each start of Home Assistant, and takes back what the broker still holds under `filter` and is not
 * among them: cameras and doors that are gone. One message is under way at a time.
 */
export function createAnnouncer(options: {
  messages: readonly DiscoveryMessage[];
  filter: string;
  log: Logger;
}): Announcer {
  const { messages, filter, log } = options;
  const present = new Set(messages.map(({ topic }) => topic));
  const isOurs = matcherOf(filter);

  return link => {
    const waiting = new Map<string, string>();
    let isUnderWay = false;
    let isRefused = false;

    function sendNext(): void {
      const [next] = waiting;
      if (isUnderWay || next === undefined) return;
      const [topic, payload] = next;
      waiting.delete(topic);
      isUnderWay = true;
      link.retain(topic, payload, refusal => {
        isUnderWay = false;
        if (refusal !== undefined) warnOnce(topic);
        sendNext();
      });
    }

    function warnOnce(topic: string): void {
      if (!isRefused)
        log.warn(
          { topic },
          'The broker refuses what discovery by Home Assistant needs; check its access rules.',
        );
      isRefused = true;
    }

    function announce(): void {
      for (const { topic, payload } of messages) waiting.set(topic, payload);
      sendNext();
    }

    for (const wanted of [BIRTH_TOPIC, filter]) link.subscribe(wanted, () => warnOnce(wanted));
    announce();

    return ({ topic, payload, retain }) => {
      // A birth message that was retained tells of an earlier start.
      if (topic === BIRTH_TOPIC && payload === 'online' && !retain) announce();
      if (retain && payload !== '' && isOurs(topic) && !present.has(topic)) {
        waiting.set(topic, '');
        sendNext();
      }
    };
  };
}

function matcherOf(filter: string): (topic: string) => boolean {
  const parts = filter.split('/');
  return topic => {
    const levels = topic.split('/');
    return levels.length === parts.length && parts.every((part, at) => part === '+' || part === levels[at]);
  };
}
