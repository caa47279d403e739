import { FacegateError } from '../../domain/errors.ts';
import type { Person, Template } from '../../domain/person.ts';
import type { PersonKey, PersonKeys } from '../keys/person-keys.ts';
import type { Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { openAll } from '../records/damage.ts';
import { ownedRange } from '../records/key.ts';
import {
  createPersonRecords,
  type Owner,
  PERSONS,
  type StoredPerson,
  slotOf,
  templatesOf,
} from '../records/person-record.ts';
import { createPersonDirectory, type PersonDirectory, type PersonId } from './person-directory.ts';

/** A page of persons; `next` is what to pass as `after` for the following page, absent on the last. */
export interface PersonPage {
  readonly persons: Person[];
  readonly next?: string;
}

/** What may be read of the persons. */
export interface PersonReader {
  get(personId: string): Person | undefined;
  find(customerId: string, customerPersonId: string): Person | undefined;
  /** Ordered by the UTF-8 bytes of `customerPersonId`, beginning behind `after`. */
  list(customerId: string, options: { after?: string; limit: number }): PersonPage;
  count(customerId: string): number;
  /** Every person of every customer. Throws `internal` at the end where some could not be read. */
  all(): Iterable<Person>;
  /** Every person, a few at a time and in no order; begins behind `after`, which is the `next` of the page before. */
  some(options: { after?: Buffer; limit: number }): { persons: Person[]; next?: Buffer };
}

/** What may be read of the templates. */
export interface TemplateReader {
  /** Every template of every customer, each person's together. Throws `internal` at the end where some could not be read. */
  all(): Iterable<Template>;
  /** Those of one person, in the order of their images. */
  of(personId: string): Template[];
}

/** The table of persons with its index by the customer's own id; writes only inside a transaction. */
export interface PersonTable extends PersonReader {
  readonly templates: TemplateReader;
  /** What stands for the person in keys. */
  refOf(personId: string): Buffer;
  /** A person with their templates. */
  read(personId: string): StoredPerson | undefined;
  /** The owner behind a person's id, or a reference; undefined where there is none. Throws `internal` where their key is gone. */
  owner(of: string | Buffer): Owner | undefined;
  /** `seq` is that of the change that wrote the person last; `fresh` gives the key of one who is new. */
  put(stored: StoredPerson, seq: number, fresh: () => PersonKey): Owner;
  /** Returns the slot of the key, which is to be erased once this is durable. */
  remove(person: Person): number;
  /** Tells what the lists must know once a change is durable. */
  committed(person: Person, isThere: boolean): void;
  usedSlots(): Set<number>;
  /** Takes what somebody else has read of all persons for the lists; `since` is what `changes` was before. */
  listed(ids: readonly PersonId[], since: number): void;
  /** Counts the changes of persons. */
  changes(): number;
}

/** Tables `persons` (reference -> slot of the key u32, sealed person with their templates) and `persons_by_customer` (references of customer and id -> reference). */
export function openPersonTable(environment: Environment, secrets: Secrets, keys: PersonKeys): PersonTable {
  const persons = environment.table(PERSONS);
  const index = environment.table('persons_by_customer');
  const records = createPersonRecords();
  let directory: PersonDirectory | undefined;
  let changes = 0;

  const keyOf = (slot: number): Buffer => {
    const key = keys.read(slot);
    if (key) return key;
    throw new FacegateError('internal', 'The key of a person is missing or damaged; restore a backup.');
  };

  const ownerAt = (ref: Buffer, value: Buffer): Owner => ({ ref, key: keyOf(slotOf(value)) });
  const opened = (ref: Buffer, value: Buffer): StoredPerson => records.open(ownerAt(ref, value), value);

  const read = (ref: Buffer): StoredPerson | undefined => {
    const value = persons.get(ref);
    return value && opened(ref, value);
  };

  const indexKey = ({ customerId, customerPersonId }: Person) =>
    secrets.customerPersonRef(customerId, customerPersonId);

  const find = (customerId: string, customerPersonId: string): Person | undefined => {
    const ref = index.get(secrets.customerPersonRef(customerId, customerPersonId));
    return ref && read(ref)?.person;
  };

  const listed = ({ key, value }: { key: Buffer; value: Buffer }): StoredPerson => {
    const stored = opened(key, value);
    if (index.get(indexKey(stored.person))?.equals(key)) return stored;
    // One who cannot be found by the customer's id could not be deleted, yet would open doors.
    throw new FacegateError('internal', 'A person is in no list; restore a backup.');
  };

  /** Who has read all persons anyway has read what the lists need. */
  function* all(): Generator<Person> {
    const ids: PersonId[] = [];
    const before = changes;
    for (const { person } of openAll(PERSONS, persons.entries(), listed)) {
      const { customerId, customerPersonId } = person;
      if (!directory) ids.push({ customerId, customerPersonId });
      yield person;
    }
    if (changes === before) directory ??= createPersonDirectory(ids);
  }

  function* allTemplates(): Generator<Template> {
    const open = ({ key, value }: { key: Buffer; value: Buffer }) => templatesOf(opened(key, value));
    for (const templates of openAll(PERSONS, persons.entries(), open)) yield* templates;
  }

  return {
    changes: () => changes,
    listed: (ids, since) => {
      if (changes === since) directory ??= createPersonDirectory(ids);
    },
    get: personId => read(secrets.personRef(personId))?.person,
    read: personId => read(secrets.personRef(personId)),
    templates: {
      all: allTemplates,
      of: personId => {
        const stored = read(secrets.personRef(personId));
        return stored ? templatesOf(stored) : [];
      },
    },
    find,
    list: (customerId, { after, limit }) => {
      directory ??= createPersonDirectory(all());
      const ids = directory.page(customerId, after, limit + 1);
      const found = ids.slice(0, limit).map(id => find(customerId, id));
      const page = found.filter(person => person !== undefined);
      return ids.length > limit ? { persons: page, next: ids[limit - 1] } : { persons: page };
    },
    count: customerId => index.countKeys(ownedRange(secrets.customerRef(customerId))),
    all,
    some: ({ after, limit }) => {
      const rows = [...persons.entries({ ...(after && { after }), limit })];
      const next = rows.length === limit ? rows.at(-1)?.key : undefined;
      return { persons: rows.map(({ key, value }) => opened(key, value).person), ...(next && { next }) };
    },
    refOf: personId => secrets.personRef(personId),
    owner: of => {
      const ref = typeof of === 'string' ? secrets.personRef(of) : of;
      const value = persons.get(ref);
      return value && ownerAt(ref, value);
    },
    put: (stored, seq, fresh) => {
      const { person } = stored;
      const ref = secrets.personRef(person.id);
      const before = persons.get(ref);
      const slot = before && slotOf(before);
      const taken = slot === undefined ? fresh() : { slot, key: keyOf(slot) };
      const owner = { ref, key: taken.key };
      persons.put(ref, records.seal(owner, taken.slot, seq, stored));
      index.put(indexKey(person), ref);
      return owner;
    },
    remove: person => {
      const ref = secrets.personRef(person.id);
      const slot = slotOf(persons.get(ref)!);
      persons.remove(ref);
      index.remove(indexKey(person));
      return slot;
    },
    committed: (person, isThere) => {
      changes++;
      if (isThere) directory?.add(person);
      else directory?.remove(person);
    },
    usedSlots: () => {
      const used = new Set<number>();
      for (const { value } of persons.rows()) used.add(slotOf(value));
      return used;
    },
  };
}
