import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSimilarityCounts } from '../../src/gallery/similarity-counts.ts';

describe('counted similarities', () => {
  it('give every quantile to a thousandth, never too low, and the largest exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        (values, share) => {
          const counts = createSimilarityCounts();
          for (const value of values) counts.add(value);
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.ceil(share * values.length) - 1];
          expect(counts.quantile(share)).toBeGreaterThanOrEqual(exact - 1e-12);
          expect(counts.quantile(share)).toBeLessThanOrEqual(exact + 0.001 + 1e-12);
          expect(counts.max).toBe(sorted.at(-1));
          expect(counts.total).toBe(values.length);
        },
      ),
    );
  });

  it('take in what rounding puts beyond one', () => {
    const counts = createSimilarityCounts();
    for (const value of [1.0000001, -1.0000001]) counts.add(value);
    expect(counts.max).toBe(1.0000001);
    expect(counts.quantile(0.5)).toBe(-1);
  });

  it('are -1 where there are none', () => {
    expect(createSimilarityCounts()).toMatchObject({ total: 0, max: -1 });
    expect(createSimilarityCounts().quantile(0.99)).toBe(-1);
  });
});
