import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Person } from '../../../src/domain/person.ts';
import { createPersonDirectory } from '../../../src/store/tables/person-directory.ts';

const personOf = (customerPersonId: string, customerId = 'c') => ({ customerId, customerPersonId }) as Person;
const inOrder = (ids: Iterable<string>) =>
  [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const Id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 });

describe('the directory of persons', () => {
  it('keeps the order of UTF-8 bytes through any changes, also where that of UTF-16 is another', () => {
    fc.assert(
      fc.property(fc.array(Id), fc.array(fc.tuple(fc.boolean(), Id)), (first, changes) => {
        const directory = createPersonDirectory([...new Set(first)].map(id => personOf(id)));
        const model = new Set(first);
        for (const [isAdded, id] of [...changes, [true, '\u{1f600}'], [true, '\uff5e']] as const) {
          directory[isAdded ? 'add' : 'remove'](personOf(id));
          model[isAdded ? 'add' : 'delete'](id);
        }
        expect(directory.page('c', undefined, 1000)).toEqual(inOrder(model));
      }),
    );
  });

  it('gives pages that follow one another, wherever an id between was removed', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const directory = createPersonDirectory(ids.map(id => personOf(id)));
    expect(directory.page('c', 'b', 2)).toEqual(['c', 'd']);
    directory.remove(personOf('b'));
    expect(directory.page('c', 'b', 2)).toEqual(['c', 'd']);
    expect(directory.page('c', 'e', 2)).toEqual([]);
    expect(directory.page('other', undefined, 2)).toEqual([]);
  });
});
