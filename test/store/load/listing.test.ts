import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createListing } from '../../../src/store/load/listing.ts';

/** Keys whose hashes often meet: few values, and the part that tells them apart is not what the hash is made of. */
const Key = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([first, last]) => Buffer.concat([Buffer.alloc(28, first), Buffer.alloc(4, last)]));
const Ref = fc.integer({ min: 0, max: 3 }).map(value => Buffer.alloc(16, value));

describe('the lists in memory', () => {
  it('say what a look into the table says, whoever is asked for', () => {
    const Rows = fc.uniqueArray(fc.tuple(Key, Ref), {
      selector: ([key]) => key.toString('hex'),
      maxLength: 16,
    });
    fc.assert(
      fc.property(Rows, fc.array(fc.tuple(Key, Ref)), (rows, asked) => {
        const table = new Map(rows.map(([key, ref]) => [key.toString('hex'), ref]));
        const all = rows.map(([key, value]) => ({ key, value }));
        const listing = createListing(all, rows.length);
        const people = [...asked, ...rows];
        const listKeys = Uint8Array.from(people.flatMap(([key]) => [...key]));
        const refs = Uint8Array.from(people.flatMap(([, ref]) => [...ref]));
        for (const [at, [key, ref]] of people.entries())
          expect(listing.has({ listKeys, refs }, at)).toBe(
            table.get(key.toString('hex'))?.equals(ref) ?? false,
          );
      }),
    );
  });

  it('pass over rows that are none', () => {
    const [key, ref] = [randomBytes(32), randomBytes(16)];
    const short = [
      { key: key.subarray(1), value: ref },
      { key, value: ref.subarray(1) },
    ];
    const person = { listKeys: Uint8Array.from(key), refs: Uint8Array.from(ref) };
    expect(createListing(short, 2).has(person, 0)).toBe(false);
    expect(createListing([...short, { key, value: ref }], 3).has(person, 0)).toBe(true);
    expect(createListing([], 0).has(person, 0)).toBe(false);
  });
});
