import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createPersonBatch,
  type PersonRow,
  rowsOf,
  vectorsIn,
} from '../../../src/store/load/person-batch.ts';

const Record = fc.integer({ min: 0, max: 600_000 }).map(length => randomBytes(length));

describe('a batch of persons', () => {
  it('gives back what was added, in order, and says when it has no room', () => {
    fc.assert(
      fc.property(fc.array(Record, { maxLength: 8 }), records => {
        const batch = createPersonBatch();
        const read: PersonRow[] = [];
        const wanted = records.map(record => ({ ref: randomBytes(16), record }));
        for (const row of wanted) {
          if (!batch.add(row)) {
            read.push(...[...rowsOf(batch)].map(copied));
            batch.clear();
            expect(batch.add(row)).toBe(true);
          }
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

function copied({ ref, record }: PersonRow): PersonRow {
  return { ref: Buffer.from(ref), record: Buffer.from(record) };
}

function hex({ ref, record }: PersonRow): string[] {
  return [ref, record].map(bytes => bytes.toString('base64'));
}
