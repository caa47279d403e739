import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigSchema } from '../../src/config/schema.ts';
import { StartupError } from '../../src/domain/errors.ts';
import { createOperatingPoint } from '../../src/gallery/operating-point.ts';
import { shippedModels } from '../support/engine.ts';

const calibration = {
  dataset: 'made up',
  comparisons: 300_000,
  points: [
    { fmr: 1e-2, similarity: 0.25 },
    { fmr: 1e-3, similarity: 0.35 },
    { fmr: 1e-4, similarity: 0.42 },
    { fmr: 1e-5, similarity: 0.48 },
    // Less than three errors in 300,000: not supported.
    { fmr: 9e-6, similarity: 0.49 },
  ],
};
const auto = (targetFpir: number) => createOperatingPoint(calibration, { targetFpir, minSimilarity: 'auto' });
const fixed = (minSimilarity: number, targetFpir = 1e-3) =>
  createOperatingPoint(calibration, { targetFpir, minSimilarity });

describe('the operating point', () => {
  it('divides the wanted rate among the persons and takes the measured point that keeps it', () => {
    expect(auto(1e-2)(1)).toEqual({
      similarity: 0.25,
      fmr: 1e-2,
      targetFpir: 1e-2,
      persons: 1,
      comparisons: 300_000,
      supported: true,
    });
    expect(auto(1e-2)(10)).toMatchObject({ similarity: 0.35, fmr: 1e-3, supported: true });
    expect(auto(1e-2)(100)).toMatchObject({ similarity: 0.42, fmr: 1e-4, supported: true });
  });

  it('takes the stricter of two points and never a value between them', () => {
    expect(auto(1e-2)(2)).toMatchObject({ similarity: 0.35, fmr: 1e-3, supported: true });
    expect(auto(1e-2)(11)).toMatchObject({ similarity: 0.42, fmr: 1e-4, supported: true });
  });

  it('ends where the comparisons do: the strictest point that three errors stand behind, and says so', () => {
    expect(auto(1e-2)(1000)).toMatchObject({ similarity: 0.48, fmr: 1e-5, supported: true });
    expect(auto(1e-2)(1001)).toMatchObject({ similarity: 0.48, fmr: 1e-5, supported: false });
    const point = auto(1e-9)(1);
    expect(point).toMatchObject({ similarity: 0.48, fmr: 1e-5, supported: false });
  });

  it('asks of an empty gallery what it asks of one person', () => {
    expect(auto(1e-2)(0)).toMatchObject({ similarity: 0.25, persons: 0 });
  });

  it('never becomes looser by more persons or a smaller wanted rate', () => {
    const persons = fc.integer({ min: 0, max: 1e6 });
    const rate = fc.double({ min: 1e-9, max: 0.1, noNaN: true });
    fc.assert(
      fc.property(persons, persons, rate, rate, (a, b, r, s) => {
        const loose = auto(Math.max(r, s))(Math.min(a, b));
        const strict = auto(Math.min(r, s))(Math.max(a, b));
        expect(strict.similarity).toBeGreaterThanOrEqual(loose.similarity);
        if (strict.supported) {
          expect(strict.fmr! * Math.max(1, strict.persons)).toBeLessThanOrEqual(
            strict.targetFpir * (1 + 1e-9),
          );
          expect(loose.supported).toBe(true);
        }
      }),
    );
  });

  it('keeps a similarity that was set by hand, and says what is known of it', () => {
    expect(fixed(0.45)(1)).toMatchObject({ similarity: 0.45, fmr: 1e-4, supported: true });
    expect(fixed(0.45)(11)).toMatchObject({ similarity: 0.45, fmr: 1e-4, supported: false });
    expect(fixed(0.42)(1)).toMatchObject({ fmr: 1e-4 });
    expect(fixed(0.9)(1)).toMatchObject({ similarity: 0.9, fmr: 1e-5, supported: true });
    expect(fixed(0.2)(1)).not.toHaveProperty('fmr');
    expect(fixed(0.2)(1)).toMatchObject({ similarity: 0.2, supported: false });
  });

  it('works without a table where the similarity is set, and claims nothing', () => {
    const point = createOperatingPoint(undefined, { targetFpir: 1e-3, minSimilarity: 0.45 })(5);
    expect(point).toEqual({
      similarity: 0.45,
      targetFpir: 1e-3,
      persons: 5,
      comparisons: 0,
      supported: false,
    });
  });

  it('refuses to start without either, and says what to do', () => {
    const open = (table?: typeof calibration) => () =>
      createOperatingPoint(table, { targetFpir: 1e-3, minSimilarity: 'auto' });
    expect(open()).toThrow(StartupError);
    expect(open()).toThrow(/recognition\.minSimilarity/);
    expect(open({ ...calibration, comparisons: 100 })).toThrow(/too few comparisons/);
  });

  it('stands between .4 and .6 with the shipped embedder and settings, for 1 to 100 persons', async () => {
    const { embedder } = await shippedModels();
    const { recognition } = ConfigSchema.parse({});
    const at = createOperatingPoint(embedder.calibration, recognition);
    expect(at(1)).toMatchObject({ supported: true });
    expect(at(1).similarity).toBeGreaterThan(0.4);
    expect(at(100).similarity).toBeGreaterThan(at(1).similarity);
    expect(at(100).similarity).toBeLessThan(0.6);
  });
});
