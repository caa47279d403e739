import type { Person } from '../../domain/person.ts';

/** What a directory knows of a person. */
export type PersonId = Pick<Person, 'customerId' | 'customerPersonId'>;

/** The customers' own ids of their persons in order: on the disk they stand under a hash, which has none. */
export interface PersonDirectory {
  add(person: PersonId): void;
  remove(person: PersonId): void;
  /** At most `limit` ids of the customer that follow `after`, ordered by their UTF-8 bytes. */
  page(customerId: string, after: string | undefined, limit: number): string[];
}

/** A directory of the given persons. */
export function createPersonDirectory(persons: Iterable<PersonId>): PersonDirectory {
  const idsOf = new Map<string, string[]>();
  const listOf = (customerId: string): string[] => {
    const ids = idsOf.get(customerId) ?? [];
    idsOf.set(customerId, ids);
    return ids;
  };
  for (const { customerId, customerPersonId } of persons) listOf(customerId).push(customerPersonId);
  for (const ids of idsOf.values()) ids.sort(compareBytes);

  return {
    add: ({ customerId, customerPersonId }) => {
      const ids = listOf(customerId);
      const at = placeOf(ids, customerPersonId);
      if (ids[at] !== customerPersonId) ids.splice(at, 0, customerPersonId);
    },
    remove: ({ customerId, customerPersonId }) => {
      const ids = listOf(customerId);
      const at = placeOf(ids, customerPersonId);
      if (ids[at] === customerPersonId) ids.splice(at, 1);
    },
    page: (customerId, after, limit) => {
      const ids = idsOf.get(customerId) ?? [];
      if (after === undefined) return ids.slice(0, limit);
      const at = placeOf(ids, after);
      const start = ids[at] === after ? at + 1 : at;
      return ids.slice(start, start + limit);
    },
  };
}

/** The place of the first id that is not before `id`. */
function placeOf(ids: readonly string[], id: string): number {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(ids[middle], id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The order of UTF-8 bytes, which is that of code points; that of UTF-16 puts surrogates before U+E000. */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rankOf(a.charCodeAt(at)) - rankOf(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function rankOf(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
