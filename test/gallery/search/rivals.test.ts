import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRivals } from '../../../src/gallery/search/rivals.ts';

/** A template whose cosine is known, and a score that is off by at most the slack. */
const template = fc
  .record({
    owner: fc.integer({ min: 1, max: 5 }),
    cosine: fc.integer({ min: -20, max: 20 }),
    slack: fc.integer({ min: 0, max: 4 }),
    off: fc.double({ min: -1, max: 1, noNaN: true }),
  })
  .map(({ owner, cosine, slack, off }) => ({ owner, cosine, slack, score: cosine + slack * off }));

describe('the rivals of a scan', () => {
  it('keep every template that may be the best of one of the two best persons', () => {
    fc.assert(
      fc.property(fc.array(template, { maxLength: 40 }), templates => {
        const rivals = createRivals();
        let threshold = Number.NEGATIVE_INFINITY;
        for (const [row, { owner, score, slack }] of templates.entries()) {
          // What the sieve would let through.
          if (score + slack >= rivals.threshold()) rivals.add({ row, owner, score, slack });
          expect(rivals.threshold()).toBeGreaterThanOrEqual(threshold);
          threshold = rivals.threshold();
        }
        const bestOf = new Map<number, number>();
        for (const { owner, cosine } of templates)
          bestOf.set(owner, Math.max(cosine, bestOf.get(owner) ?? cosine));
        const [, second = Number.NEGATIVE_INFINITY] = [...bestOf.values()].sort((a, b) => b - a);
        const needed = templates.flatMap(({ cosine }, row) => (cosine >= second ? [row] : []));
        const { rows, proof } = rivals.found();
        expect(needed.filter(row => !rows.includes(row))).toEqual([]);
        expect(new Set(proof.map(row => templates[row].owner)).size).toBe(bestOf.size > 1 ? 2 : 0);
        for (const row of proof) expect(templates[row].cosine).toBeGreaterThanOrEqual(threshold);
      }),
      { numRuns: 500 },
    );
  });

  it('drop what fell behind', () => {
    const rivals = createRivals();
    for (const [row, score] of [0.1, 0.2, 0.3, 0.9, 0.8, 0.805].entries())
      rivals.add({ row, owner: row + 1, score, slack: 0.01 });
    expect(rivals.threshold()).toBeCloseTo(0.795, 9);
    expect(rivals.found()).toEqual({ rows: Uint32Array.of(3, 4, 5), proof: [3, 5] });
  });
});
