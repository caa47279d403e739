import type { ApiHistory } from '../../../src/api/history.ts';
import type { FaceEvent } from '../../../src/domain/event.ts';
import type { Person } from '../../../src/domain/person.ts';
import type { Store } from '../../../src/store/store.ts';
import { eventOf } from '../stored-events.ts';

/** The history over a store, and the way to add to it: an event of the customer `acme` unless `more` says otherwise. */
export interface PastEvents {
  readonly history: ApiHistory;
  add(more?: Partial<FaceEvent>, person?: Person): Promise<FaceEvent | undefined>;
  /** Who listens for news. */
  listeners(): number;
}

/** The events of a store as the daemon shows them to the REST API. */
export function pastEvents(store: Pick<Store, 'history' | 'outbox'>): PastEvents {
  const listeners = new Set<() => void>();
  return {
    history: {
      ...store.history,
      subscribe: onEvent => {
        const listener = () => onEvent();
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    add: async (more, person) => {
      const build = (seq: number) => ({ ...eventOf(seq, person), customer: 'acme', ...more }) as FaceEvent;
      const event = await store.outbox.append(build);
      for (const tell of [...listeners]) tell();
      return event;
    },
    listeners: () => listeners.size,
  };
}
