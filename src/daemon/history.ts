import type { ApiHistory } from '../api/history.ts';
import type { Outbox } from '../events/outbox.ts';
import type { Logger } from '../platform/logger.ts';
import type { Store } from '../store/store.ts';

/** The history of events, as the REST API needs it; a damaged event is told of once. */
export function openHistory(parts: {
  store: Pick<Store, 'history'>;
  outbox: Pick<Outbox, 'subscribe'>;
  log: Logger;
}): ApiHistory {
  const { store, outbox, log } = parts;
  const damaged = new Set<number>();
  return {
    page: query =>
      store.history.page(query, (seq, { message }) => {
        if (damaged.has(seq)) return;
        damaged.add(seq);
        log.error({ seq, reason: message }, 'An event of the past is damaged and will not be shown.');
      }),
    lastSeq: store.history.lastSeq,
    subscribe: onEvent => outbox.subscribe(() => onEvent()),
  };
}
