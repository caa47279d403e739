import type { Logger } from '../platform/logger.ts';
import { type Announcer, createRetainQueue } from './announcer.ts';

/**
 * Takes back, at each connect, what the broker still holds under `filters` and is not among `present`: what this node once said of cameras
 * and doors that it has no more. The broker is asked, as only it knows what it holds.
 */
export function createRetainedSweep(options: {
  /** Filters that match topics of this node only; of the wildcards only "+". */
  filters: readonly string[];
  present: ReadonlySet<string>;
  log: Logger;
}): Announcer {
  const { filters, present, log } = options;
  const matchers = filters.map(matcherOf);

  return link => {
    let isRefused = false;
    const warnOnce = (topic: string): void => {
      if (!isRefused)
        log.warn(
          { topic },
          'The broker does not let this node take back what it once retained; check its access rules.',
        );
      isRefused = true;
    };
    const retain = createRetainQueue(link, warnOnce);
    for (const filter of filters) link.subscribe(filter, () => warnOnce(filter));

    return ({ topic, payload, retain: isKept }) => {
      if (!isKept || payload === '' || present.has(topic)) return;
      if (matchers.some(matches => matches(topic))) retain(topic, '');
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
