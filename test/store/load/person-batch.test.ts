import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPersonBatch, rowsOf, vectorsIn } from '../../../src/store/load/person-batch.ts';

const Bytes = fc.integer({ min: 0, max: 90_000 }).map(length => randomBytes(length));
const Person = fc.record({ record: Bytes, templates: fc.array(Bytes, { maxLength: 5 }) });

describe('a batch of persons', () => {
  it('gives back what was added, in order, and says when it has no room', () => {
    fc.assert(
      fc.property(fc.array(Person, { maxLength: 8 }), persons => {
        const batch = createPersonBatch();
        const read = [];
        const wanted = persons.map(({ record, templates }) => ({
          ref: randomBytes(16),
          record,
          templates: templates.map(template => ({ ref: randomBytes(16), record: template })),
        }));
        for (const { ref, record, templates } of wanted) {
          if (!batch.addPerson(ref, record)) {
            read.push(...structuredClone([...rowsOf(batch)].map(copied)));
            batch.clear();
            expect(batch.addPerson(ref, record)).toBe(true);
          }
          for (const template of templates) batch.addTemplate(template.ref, template.record);
          // Those of a full batch would leave the rows alone.
          vectorsIn(batch).fill(Number.NaN);
          expect(vectorsIn(batch).byteLength).toBeGreaterThanOrEqual(batch.length);
        }
        read.push(...[...rowsOf(batch)].map(copied));
        expect(read.map(hex)).toEqual(wanted.map(hex));
      }),
      { numRuns: 50 },
    );
  });
});

interface Rows {
  readonly ref: Uint8Array;
  readonly record: Uint8Array;
  readonly templates: readonly { readonly ref: Uint8Array; readonly record: Uint8Array }[];
}

function copied({ ref, record, templates }: Rows): Rows {
  const own = templates.map(each => ({
    ref: Uint8Array.from(each.ref),
    record: Uint8Array.from(each.record),
  }));
  return { ref: Uint8Array.from(ref), record: Uint8Array.from(record), templates: own };
}

function hex({ ref, record, templates }: Rows) {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return [text(ref), text(record), templates.map(each => [text(each.ref), text(each.record)])];
}
