import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../domain/errors.ts';
import type { Store } from './store.ts';

/** How much a store holds. */
export interface StoreCounts {
  readonly persons: number;
  readonly templates: number;
  readonly images: number;
  readonly tokens: number;
  /** Number of the newest entry of the audit log, and its hash. */
  readonly audit: { readonly seq: number; readonly hash: string };
}

const PER_TURN = 50;
const EVENTS_PER_READ = 200;

/**
 * Opens every record of a store that nobody changes, compares images and templates of each person, and follows the audit log from end to end;
 * gives way to other work. Throws `internal` with what is wrong.
 */
export async function checkStore(
  store: Pick<Store, 'persons' | 'templates' | 'images' | 'visits' | 'outbox' | 'tokens' | 'audit'>,
): Promise<StoreCounts> {
  let persons = 0;
  let owned = 0;
  for (const person of store.persons.all()) {
    const ids = person.images.map(({ templateId }) => templateId);
    const templates = new Set(store.templates.of(person.id).map(({ id }) => id));
    if (templates.size !== ids.length || !ids.every(id => templates.has(id)))
      throw new FacegateError('internal', 'A person has not the templates of their images.');
    for (const id of ids) store.images.get(person.id, id);
    store.visits.lastSeen(person.id);
    store.visits.consent(person.id);
    owned += ids.length;
    if (++persons % PER_TURN === 0) await setImmediate();
  }
  let templates = 0;
  for (const _template of store.templates.all()) if (++templates % PER_TURN === 0) await setImmediate();
  if (templates !== owned) throw new FacegateError('internal', 'There are templates without an image.');
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
