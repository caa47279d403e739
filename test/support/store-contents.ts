import { createHash } from 'node:crypto';
import { FacegateError } from '../../src/domain/errors.ts';
import type { Person, Template } from '../../src/domain/person.ts';
import type { Store } from '../../src/store/store.ts';
import { newPersonChange } from './people.ts';
import { eventOf } from './stored-events.ts';

/** Everything that can be read of a store, each part as a digest or as the sentence why it cannot be read. */
export type Contents = Record<string, unknown>;

/** What a store holds apart from persons who are there: needed to ask for it. */
export interface Known {
  readonly deleted: readonly string[];
  readonly tokenHashes: readonly string[];
  /** What the next change's and the next event's numbers must be. */
  readonly next: { readonly change: number; readonly event: number };
}

/** The token hashes of `fillStore`. */
const TOKENS = ['a', 'b', 'c'].map(digit => digit.repeat(64));
const FRESH = 'fresh';
const DAY_MS = 86_400_000;

/** Fills an empty store with something of every kind. */
export async function fillStore(store: Store, persons: number): Promise<Known> {
  const changes = Array.from({ length: persons }, (_, i) => newPersonChange(`p${i}`, [i, i + 1000]));
  for (const [at, change] of changes.entries()) {
    const bytes = Buffer.alloc(3000, at);
    const keptImages = at % 4 === 0 ? [{ templateId: change.templates[0].id, bytes }] : [];
    const consent = { id: `consent ${at}`, givenAt: at };
    await store.apply({ ...change, keptImages, ...(at % 3 === 0 && { consent }) });
  }
  const deleted = changes.splice(0, 4).map(({ person }) => person.id);
  for (const [at, personId] of deleted.entries())
    await store.apply({ kind: 'delete_person', opId: `delete ${at}`, at, personId });
  for (const hash of TOKENS)
    await store.tokens.add({ hash, customerId: 'default', role: 'operator', name: hash[0], createdAt: 1 });
  for (const { person } of changes.slice(0, 6)) {
    await store.outbox.append(seq => eventOf(seq, person));
    const { customerId, customerPersonId } = person;
    const act = {
      act: 'match',
      by: 'camera:front',
      customerId,
      customerPersonIds: [customerPersonId],
    } as const;
    await store.audit.record([{ ...act, at: 2 * DAY_MS }]);
  }
  return { deleted, tokenHashes: TOKENS, next: { change: persons + 5, event: 7 } };
}

/** Deletes the first person, so that there are free pages. */
export async function deleteOne(store: Store, known: Known): Promise<Known> {
  const [{ id: personId }] = store.persons.list('default', { limit: 1 }).persons;
  await store.apply({ kind: 'delete_person', opId: 'delete one', at: 99, personId });
  const change = known.next.change + 1;
  return { ...known, deleted: [...known.deleted, personId], next: { ...known.next, change } };
}

/** Reads all of it. */
export async function contentsOf(store: Store, known: Known): Promise<Contents> {
  const ids = known.deleted;
  return {
    persons: told(() => personsOf(store)),
    list: told(() => store.persons.list('default', { limit: 1000 }).persons.filter(isOld)),
    templates: told(() => personsOf(store).flatMap(({ id }) => store.templates.of(id).map(readable))),
    images: told(() =>
      personsOf(store).map(({ id, images }) =>
        images.map(({ templateId }) => digest(store.images.get(id, templateId) ?? 'none')),
      ),
    ),
    visits: told(() =>
      personsOf(store).map(({ id }) => [store.visits.lastSeen(id), store.visits.consent(id)]),
    ),
    tokens: told(() => [store.tokens.list(), known.tokenHashes.map(hash => store.tokens.find(hash))]),
    outbox: told(() => store.outbox.read(0, known.next.event - 1)),
    deleted: told(() => ids.map(id => [store.persons.get(id) ?? null, store.templates.of(id)])),
    audit: (await store.audit.verify()).problem ?? 'intact',
  };
}

/** Writes a little and says what numbers it got; deleted persons must not come back. Leaves the store with one person and one event more. */
export async function written(store: Store, { deleted }: Known): Promise<Contents> {
  const fresh = newPersonChange(FRESH, [77]);
  const again = deleted.map(id => {
    const change = newPersonChange(`again ${id}`, [88]);
    const [template] = change.templates;
    return { ...change, person: { ...change.person, id }, templates: [{ ...template, personId: id }] };
  });
  return {
    deleted: await toldLater(() =>
      Promise.allSettled(again.map(change => store.apply(change))).then(results =>
        results.map(it => (it.status === 'fulfilled' ? 'came back' : it.reason.code)),
      ),
    ),
    change: await toldLater(() => store.apply(fresh)),
    event: await toldLater(async () => (await store.outbox.append(seq => eventOf(seq)))?.seq),
  };
}

/** Without the one that `written` has enrolled. */
function personsOf(store: Store): Person[] {
  return [...store.persons.all()].filter(isOld);
}

function isOld({ customerPersonId }: Person): boolean {
  return customerPersonId !== FRESH;
}

function readable(template: Template): unknown {
  const { vector } = template.embedding;
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return { ...template, embedding: digest(bytes) };
}

function told(read: () => unknown): unknown {
  try {
    return digest(JSON.stringify(read()));
  } catch (error) {
    return sentenceOf(error);
  }
}

async function toldLater(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return JSON.stringify(await read());
  } catch (error) {
    return sentenceOf(error);
  }
}

/** Anything but an error of ours is a finding, and is not mistaken for a refusal. */
function sentenceOf(error: unknown): { refused: string } | { crashed: string } {
  if (error instanceof FacegateError) return { refused: error.message };
  return { crashed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function digest(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('base64url');
}
