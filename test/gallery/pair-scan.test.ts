import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalize, similarity } from '../../src/domain/face.ts';
import type { IndexSnapshot } from '../../src/gallery/index-snapshot.ts';
import { scanPairs } from '../../src/gallery/pair-scan.ts';

const DIMENSION = 4;
const unit = fc
  .array(fc.integer({ min: -9, max: 9 }), { minLength: DIMENSION, maxLength: DIMENSION })
  .filter(values => values.some(value => value !== 0))
  .map(values => normalize(Float32Array.from(values)).unit);
const people = fc.array(fc.array(unit, { maxLength: 4 }), { maxLength: 8 });

function snapshotOf(persons: readonly (readonly Float32Array[])[]): IndexSnapshot {
  const all = persons.flat();
  const vectors = new Float32Array(all.length * DIMENSION);
  for (const [at, vector] of all.entries()) vectors.set(vector, at * DIMENSION);
  return {
    persons: persons.map((templates, at) => ({
      personId: `p${at}`,
      customerPersonId: `${at}`,
      templates: templates.map((_, image) => ({ templateId: `${at}-${image}`, norm: 3 })),
      otherModel: 0,
    })),
    vectors,
    dimension: DIMENSION,
    total: { persons: persons.length, templates: all.length, otherModel: 0 },
  };
}

const noPause = async () => undefined;
const close = (value: number) => (Number.isNaN(value) ? value : expect.closeTo(value, 9));

describe('the comparison of all pairs', () => {
  it('finds what comparing them one by one finds', async () => {
    await fc.assert(
      fc.asyncProperty(people, fc.double({ min: -1, max: 1, noNaN: true }), async (persons, closeFrom) => {
        const scan = await scanPairs(snapshotOf(persons), { closeFrom, maxClose: 1000, pause: noPause });
        const all = persons.flatMap((vectors, person) => vectors.map(vector => ({ person, vector })));
        let strangers = 0;
        for (const [at, { person, vector }] of all.entries()) {
          const rest = all.filter((_, other) => other !== at);
          const best = (others: typeof all) =>
            others.length === 0
              ? Number.NaN
              : Math.max(...others.map(other => similarity(other.vector, vector)));
          const others = rest.filter(other => other.person !== person);
          strangers += others.length;
          expect(scan.own[at]).toEqual(close(best(rest.filter(other => other.person === person))));
          expect(scan.stranger[at]).toEqual(close(best(others)));
          expect(scan.strangerOf[at] === -1).toBe(others.length === 0);
        }
        expect(scan.strangers.total).toBe(strangers / 2);
        const pairs = persons.flatMap((a, at) =>
          persons.slice(at + 1).flatMap((b, next) => {
            if (a.length === 0 || b.length === 0) return [];
            const best = Math.max(...a.flatMap(x => b.map(y => similarity(x, y))));
            // What lies on the bound may fall to either side by rounding.
            return Math.abs(best - closeFrom) < 1e-9
              ? []
              : [{ a: at, b: at + 1 + next, best, isClose: best >= closeFrom }];
          }),
        );
        for (const { a, b, best, isClose } of pairs) {
          const found = scan.close.find(pair => pair.a === a && pair.b === b);
          expect(found?.similarity).toEqual(isClose ? close(best) : undefined);
        }
        expect(scan.closeCount).toBe(scan.close.length);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps the closest pairs and counts them all', async () => {
    const crowd = Array.from({ length: 60 }, (_, at) => {
      const angle = (at * at * Math.PI) / 7200;
      return [Float32Array.of(Math.cos(angle), Math.sin(angle), 0, 0)];
    });
    const scan = await scanPairs(snapshotOf(crowd), { closeFrom: -2, maxClose: 3, pause: noPause });
    expect(scan.closeCount).toBe((60 * 59) / 2);
    expect(scan.close.map(({ a, b }) => [a, b])).toEqual([
      [0, 1],
      [1, 2],
      [0, 2],
    ]);
  });

  it('gives way after every few milliseconds of work, and ends where the pause throws', async () => {
    const snapshot = snapshotOf(Array.from({ length: 40 }, () => [Float32Array.of(1, 0, 0, 0)]));
    let clock = 0;
    let pauses = 0;
    const options = { closeFrom: 2, maxClose: 1, now: () => (clock += 4) };
    await scanPairs(snapshot, {
      ...options,
      pause: async () => {
        pauses++;
      },
    });
    expect(pauses).toBeGreaterThan(9);
    const gone = scanPairs(snapshot, {
      ...options,
      pause: async () => {
        throw new Error('gone');
      },
    });
    await expect(gone).rejects.toThrow('gone');
  });
});
