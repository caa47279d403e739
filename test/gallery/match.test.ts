import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../src/domain/person.ts';
import { decide } from '../../src/gallery/match.ts';

const candidate = (similarity: number): Candidate => ({
  personId: 'p',
  customerPersonId: 'c',
  templateId: 't',
  similarity,
});
const policy = { minSimilarity: 0.5, minMargin: 0.05 };

describe('the decision about a match', () => {
  it('takes the best person who reaches both bounds', () => {
    const best = candidate(0.5);
    expect(decide({ best, margin: 0.05 }, policy)).toBe(best);
  });

  it('takes nobody below either bound, nor where a measure is no number', () => {
    expect(decide({ margin: 0 }, policy)).toBeUndefined();
    expect(decide({ best: candidate(0.499), margin: 1 }, policy)).toBeUndefined();
    expect(decide({ best: candidate(0.9), margin: 0.049 }, policy)).toBeUndefined();
    expect(decide({ best: candidate(Number.NaN), margin: 1 }, policy)).toBeUndefined();
    expect(decide({ best: candidate(0.9), margin: Number.NaN }, policy)).toBeUndefined();
  });
});
