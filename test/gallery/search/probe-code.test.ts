import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { similarity } from '../../../src/domain/face.ts';
import { codeProbe } from '../../../src/gallery/search/probe-code.ts';
import { quantizeTwin, scoreTwin } from './kernel-twin.ts';
import { unitVector } from './vectors.ts';

/** How far the score is from the cosine, and how far it may be. */
function errorOf(probe: Float32Array, vector: Float32Array): { error: number; allowed: number } {
  const { codes, scale, bound } = quantizeTwin(vector);
  const coded = codeProbe(probe);
  const score = scoreTwin(coded.codes, coded.unit, codes, scale);
  return {
    error: Math.abs(score - similarity(probe, vector)),
    allowed: coded.slope * bound + coded.offset,
  };
}

describe('the code of a probe', () => {
  it('keeps every score within its bound of the cosine', () => {
    const pair = fc
      .constantFrom(4, 128, 512, 1024)
      .chain(dimension =>
        fc.tuple(unitVector(dimension), unitVector(dimension), fc.float({ min: 0, max: 1, noNaN: true })),
      );
    fc.assert(
      fc.property(pair, ([probe, vector, length]) => {
        const shorter = probe.map(value => value * length);
        const { error, allowed } = errorOf(shorter, vector);
        expect(error).toBeLessThanOrEqual(allowed);
      }),
      { numRuns: 1000 },
    );
  });

  it('stays within its bound where the sums are largest', () => {
    for (const dimension of [512, 2048]) {
      const equal = new Float32Array(dimension).fill(1 / Math.sqrt(dimension));
      for (const probe of [equal, equal.map(value => -value)]) {
        const { error, allowed } = errorOf(probe, equal);
        expect(error).toBeLessThanOrEqual(allowed);
        expect(allowed).toBeLessThan(1e-3);
      }
    }
  });

  it('says for a probe too short to code that a score tells nothing', () => {
    const tiny = new Float32Array(8).fill(1e-31);
    expect(codeProbe(tiny)).toMatchObject({ unit: 0, codes: new Int16Array(8) });
    expect(codeProbe(tiny).offset).toBeGreaterThan(1e-31);
    expect(codeProbe(new Float32Array(8))).toMatchObject({ unit: 0, slope: 0 });
  });
});
