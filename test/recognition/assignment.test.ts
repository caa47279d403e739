import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, FORBIDDEN } from '../../src/recognition/assignment.ts';

/** The cheapest way to give each row a column or none, by trying all; what has no pair costs as much as a forbidden one. */
function cheapest(costs: readonly (readonly number[])[], row = 0, used: readonly number[] = []): number {
  if (row === costs.length) return 0;
  const without = FORBIDDEN + cheapest(costs, row + 1, used);
  return costs[row].reduce(
    (least, cost, column) =>
      used.includes(column) || cost >= FORBIDDEN
        ? least
        : Math.min(least, cost + cheapest(costs, row + 1, [...used, column])),
    without,
  );
}

const priceOf = (costs: readonly (readonly number[])[], columns: readonly number[]) =>
  columns.reduce((sum, column, row) => sum + (column < 0 ? FORBIDDEN : costs[row][column]), 0);

describe('an assignment', () => {
  it('gives up the best single pair where that leaves the rest worse', () => {
    expect(
      assign([
        [1, 2],
        [2, 100],
      ]),
    ).toEqual([1, 0]);
  });

  it('makes no forbidden pair', () => {
    expect(
      assign([
        [FORBIDDEN, 1],
        [FORBIDDEN, 2],
      ]),
    ).toEqual([1, -1]);
  });

  it('of nothing is nothing', () => {
    expect(assign([])).toEqual([]);
    expect(assign([[], []])).toEqual([-1, -1]);
  });

  it('is the cheapest of all, and uses no column twice', () => {
    const cost = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: -20, max: 60 }) },
      fc.constant(FORBIDDEN),
    );
    const tables = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, columns]) =>
        fc.array(fc.array(cost, { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      );
    fc.assert(
      fc.property(tables, costs => {
        const columns = assign(costs);
        const made = columns.filter(column => column >= 0);
        expect(new Set(made).size).toBe(made.length);
        expect(priceOf(costs, columns)).toBe(cheapest(costs));
      }),
      { numRuns: 300 },
    );
  });
});
