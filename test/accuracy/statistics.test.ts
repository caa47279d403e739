import { describe, expect, it } from 'vitest';
import { meanAndStd, rateOf, repeatableRandom, shuffled } from './statistics.ts';

describe('a counted rate', () => {
  it.each([
    // Newcombe 1998, table I, method 3 (Wilson score without continuity correction).
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('has the interval of the textbook: %i of %i', (count, of, low, high) => {
    const rate = rateOf(count, of);
    expect(rate.rate).toBeCloseTo(count / of, 12);
    expect(rate.low).toBeCloseTo(low, 4);
    expect(rate.high).toBeCloseTo(high, 4);
  });

  it('says nothing where nothing was counted', () => {
    expect(rateOf(0, 0)).toMatchObject({ low: 0, high: 1 });
  });
});

describe('mean and standard deviation', () => {
  it('are those of the textbook', () => {
    expect(meanAndStd([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, std: 2 });
  });
});

describe('a random order', () => {
  it('is the same in every run, another for another seed, and loses nothing', () => {
    const items = Array.from({ length: 50 }, (_, at) => at);
    const first = shuffled(items, repeatableRandom(1));
    expect(first).toEqual(shuffled(items, repeatableRandom(1)));
    expect(first).not.toEqual(shuffled(items, repeatableRandom(2)));
    expect([...first].sort((a, b) => a - b)).toEqual(items);
  });

  it('draws evenly', () => {
    const random = repeatableRandom(7);
    const tenths = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 10_000; draw++) tenths[Math.floor(random() * 10)]++;
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});
