import { describe, expect, it } from 'vitest';
import { rssSlopeMbPerHour, takeSample } from '../../bench/soak-samples.ts';

describe('the slope of memory over a soak', () => {
  it('is that of a line', () => {
    const samples = Array.from({ length: 61 }, (_, minute) => ({ minute, rssMb: 200 + minute / 10 }));
    expect(rssSlopeMbPerHour(samples)).toBeCloseTo(6);
  });

  it('is not moved by what goes up and down', () => {
    const samples = Array.from({ length: 60 }, (_, minute) => ({ minute, rssMb: 200 + 30 * (minute % 2) }));
    expect(Math.abs(rssSlopeMbPerHour(samples))).toBeLessThan(2);
  });

  it('is 0 where there is too little to tell', () => {
    expect(rssSlopeMbPerHour([])).toBe(0);
    expect(rssSlopeMbPerHour([{ minute: 1, rssMb: 200 }])).toBe(0);
  });
});

describe('a sample', () => {
  it('is of the process that it is asked for', () => {
    const sample = takeSample(process.pid, 3, []);
    expect(sample).toMatchObject({ minute: 3, zombies: 0, phases: [] });
    expect(sample.rssMb).toBeCloseTo(process.memoryUsage().rss / 1e6, -2);
    expect(sample.files).toBeGreaterThan(3);
  });
});
