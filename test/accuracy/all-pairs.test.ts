import { describe, expect, it } from 'vitest';
import { calibrationOf, compareAll, operationAt } from './all-pairs.ts';
import { detPlot } from './det-plot.ts';
import { openSet } from './identification.ts';
import { createSimilarityCounts } from './similarity-counts.ts';
import { repeatableRandom } from './statistics.ts';

const counts = (...similarities: number[]) => {
  const all = createSimilarityCounts();
  for (const similarity of similarities) all.add(similarity);
  return all;
};
/** 0, 1/n .. (n-1)/n, each once. */
const ramp = (n: number) => counts(...Array.from({ length: n }, (_, at) => at / n));
const STEP = 2 / 65_536;

describe('counted similarities', () => {
  it('tell how many reach a threshold, both ends included', () => {
    const all = counts(-1, 0, 0.5, 1);
    expect([-1, 0, 0.5, 1].map(threshold => all.reaching(threshold))).toEqual([4, 3, 2, 1]);
    expect(all.reaching(0.5 + 2 * STEP)).toBe(1);
  });

  it('give the lowest threshold that no more than a share reach', () => {
    const all = ramp(1000);
    expect(all.thresholdFor(0.01)).toBeGreaterThan(0.989);
    expect(all.thresholdFor(0.01)).toBeLessThanOrEqual(0.99);
    expect(all.reaching(all.thresholdFor(0.01))).toBe(10);
    expect(all.reaching(all.thresholdFor(0))).toBe(0);
    expect(counts(0.3, 0.3, 0.3).reaching(counts(0.3, 0.3, 0.3).thresholdFor(0.5))).toBe(0);
  });
});

describe('all pairs', () => {
  const unit = (x: number, y: number) => Float32Array.of(x, y);
  const photo = (person: string, vector: Float32Array) => ({ person, template: vector, probe: vector });
  const photos = [photo('a', unit(1, 0)), photo('a', unit(0.8, 0.6)), photo('b', unit(0, 1))];

  it('count every pair once, the earlier photo enrolled', () => {
    const { genuine, impostor } = compareAll(photos);
    expect([genuine.total, impostor.total]).toEqual([1, 2]);
    expect(genuine.reaching(0.8 - STEP)).toBe(1);
    expect(impostor.reaching(0.6 - STEP)).toBe(1);
  });

  it('give both error rates at a threshold', () => {
    const operation = operationAt({ genuine: counts(0.2, 0.9, 0.95, 0.99), impostor: ramp(1000) }, 0.5);
    expect(operation.similarity).toBeCloseTo(0.499, 4);
    expect(operation.fmr.rate).toBe(0.5);
    expect(operation.fnmr).toMatchObject({ count: 1, of: 4, rate: 0.25 });
  });
});

describe('a calibration table', () => {
  const table = calibrationOf(ramp(10_000), 'ramp');

  it('holds four points a decade and ends where three errors are left (rule of three)', () => {
    expect(table.comparisons).toBe(10_000);
    expect(table.points.map(({ fmr }) => fmr)).toEqual([
      0.01, 0.00562, 0.00316, 0.00178, 0.001, 0.000562, 0.000316,
    ]);
  });

  it('never claims less than was counted at its similarity', () => {
    for (const { fmr, similarity } of table.points)
      expect(ramp(10_000).reaching(similarity) / 10_000).toBeLessThanOrEqual(fmr);
  });
});

describe('open-set identification', () => {
  /** Twelve people on axes of their own, three photos each, tilted a little. */
  const photos = Array.from({ length: 36 }, (_, at) => {
    const vector = new Float32Array(16);
    vector[Math.floor(at / 3)] = 0.9;
    vector[15] = Math.sqrt(1 - 0.81);
    return { person: `p${Math.floor(at / 3)}`, template: vector, probe: vector };
  });

  it('finds those who are enrolled and counts everybody else as a stranger', () => {
    const result = openSet(photos, { persons: 4, draws: 3, random: repeatableRandom(1) })!;
    expect(result.right.total).toBe(3 * 4);
    expect(result.wrong.total).toBe(0);
    expect(result.strangers.total).toBe(3 * 8 * 3);
    expect(result.right.reaching(0.99)).toBe(12);
    expect(result.strangers.reaching(0.5)).toBe(0);
    expect(result.strangers.reaching(0.18)).toBe(72);
  });

  it('is not done where there are too few people', () => {
    expect(openSet(photos, { persons: 13, draws: 1, random: repeatableRandom(1) })).toBeUndefined();
  });
});

describe('a DET plot', () => {
  it('ends each curve where the comparisons end, inside the frame', () => {
    const pairs = { genuine: ramp(500), impostor: ramp(5000) };
    const svg = detPlot('A & B', [{ name: 'x < y', colour: '#06c', pairs }]);
    const [, points] = /points="([^"]+)"/.exec(svg)!;
    const places = points.split(' ').map(place => place.split(',').map(Number));
    for (const [x, y] of places) {
      expect(x).toBeGreaterThan(80 + (610 * 2) / 6);
      expect(x).toBeLessThanOrEqual(690);
      expect(y).toBeGreaterThanOrEqual(50);
      expect(y).toBeLessThanOrEqual(410);
    }
    expect(svg).toContain('A &amp; B');
    expect(svg).toContain('x &lt; y');
  });
});
