import type { Person } from '../domain/person.ts';
import type { Environment } from './environment.ts';
import { customerPersonKey, idKey, ownedKey, ownedRange } from './key.ts';
import { openJson, sealJson } from './record.ts';

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
  /** Every person of every customer. */
  all(): Iterable<Person>;
}

/** The table of persons with its index by the customer's own id; writes only inside a transaction. */
export interface PersonTable extends PersonReader {
  /** `seq` is that of the change that wrote the person last. */
  put(person: Person, seq: number): void;
  remove(person: Person): void;
}

/** Tables `persons` (person id -> record) and `persons_by_customer` (customer id, 0, customer's person id -> person id). */
export function openPersonTable(environment: Environment): PersonTable {
  const persons = environment.table('persons');
  const index = environment.table('persons_by_customer');
  const indexKey = (person: Person) =>
    ownedKey(person.customerId, customerPersonKey(person.customerPersonId));

  const read = (id: Buffer): Person | undefined => {
    const record = persons.get(id);
    return record && personOf(record);
  };

  return {
    get: personId => read(idKey(personId)),
    find: (customerId, customerPersonId) => {
      const id = index.get(ownedKey(customerId, customerPersonKey(customerPersonId)));
      return id && read(id);
    },
    list: (customerId, { after, limit }) => {
      const range = ownedRange(customerId);
      const page: Person[] = [];
      const from = after === undefined ? {} : { after: ownedKey(customerId, customerPersonKey(after)) };
      for (const { value: id } of index.entries({ ...range, ...from, limit: limit + 1 })) {
        const person = read(id);
        if (person) page.push(person);
      }
      if (page.length <= limit) return { persons: page };
      const persons = page.slice(0, limit);
      return { persons, next: persons.at(-1)!.customerPersonId };
    },
    count: customerId => index.countKeys(ownedRange(customerId)),
    *all() {
      for (const { value } of persons.entries()) yield personOf(value);
    },
    put: (person, seq) => {
      const id = idKey(person.id);
      persons.put(id, sealJson({ seq, person }));
      index.put(indexKey(person), id);
    },
    remove: person => {
      persons.remove(idKey(person.id));
      index.remove(indexKey(person));
    },
  };
}

function personOf(record: Buffer): Person {
  return openJson<{ seq: number; person: Person }>(record, 'persons').person;
}
