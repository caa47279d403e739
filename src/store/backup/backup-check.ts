import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../../domain/errors.ts';
import type { Store } from '../store.ts';

/** How much a store holds. */
export interface StoreCounts {
  readonly persons: number;
  readonly templates: number;
  readonly images: number;
  readonly tokens: number;
  /** Number of the newest entry of the audit log, and its hash. */
  readonly audit: { readonly seq: number; readonly hash: string };
}

const PER_TURN = 20;
const EVENTS_PER_READ = 200;

/**
 * Opens every record of a store that nobody changes, and follows the audit log from end to end;
 * gives way to other work, and tells `onPersons` now and then how many persons it has read. The history is left out: a damaged event of the past is no reason to refuse the rest. Throws `internal` with what is wrong.
 */
export async function checkStore(
  store: Pick<Store, 'persons' | 'images' | 'visits' | 'outbox' | 'tokens' | 'audit'>,
  onPersons?: (persons: number) => void,
): Promise<StoreCounts> {
  let persons = 0;
  let templates = 0;
  for (const { id, images } of store.persons.all()) {
    templates += images.length;
    for (const { templateId } of images) store.images.get(id, templateId);
    store.visits.lastSeen(id);
    store.visits.consent(id);
    if (++persons % PER_TURN > 0) continue;
    onPersons?.(persons);
    await setImmediate();
  }
  for (let after = 0, more = true; more; ) {
    const events = store.outbox.read(after, EVENTS_PER_READ);
    after = events.at(-1)?.seq ?? after;
    more = events.length === EVENTS_PER_READ;
  }
  const tokens = store.tokens.list().length;
  const { intact, problem, head } = await store.audit.verify();
  if (!intact) throw new FacegateError('internal', `The audit log is not whole: ${problem}.`);
  return { persons, templates, images: store.images.count(), tokens, audit: head };
}
