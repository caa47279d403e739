import { describe, expect, it } from 'vitest';
import { normalize } from '../../src/domain/face.ts';
import { measured } from '../support/face-quality.ts';
import { repeatableRandom } from './statistics.ts';
import { atRight, compareFusion, type TrackPhoto } from './track-fusion.ts';

const random = repeatableRandom(11);

/** People on axes of their own in 64 dimensions, four photos each that stray from them at random. */
const photos = Array.from({ length: 40 * 4 }, (_, at): TrackPhoto => {
  const person = Math.floor(at / 4);
  const values = Float32Array.from(
    { length: 64 },
    (_, axis) => (random() - 0.5) * 0.6 + (axis === person ? 1 : 0),
  );
  const vector = normalize(values).unit;
  return { person: `p${person}`, template: vector, probe: vector, quality: measured({}) };
});

describe('the comparison of one frame with a track', async () => {
  const thresholds = [0, 0.2, 0.25, 0.3, 0.99];
  const options = { draws: 3, thresholds, minFrames: 2, minMargin: 0.05, random: repeatableRandom(1) };
  const result = await compareFusion(photos, options);

  it('has a track of everybody, half of them enrolled', () => {
    expect(result.persons).toBe(20);
    expect([result.tracks, result.strangerTracks]).toEqual([60, 60]);
  });

  it('names nobody at a threshold that nobody reaches', () => {
    for (const counts of [result.single[4], result.fused[4]])
      expect(counts).toEqual({ similarity: 0.99, right: 0, wrong: 0, strangers: 0 });
  });

  it('names fewer strangers by evidence than by one frame, with as many named rightly', () => {
    const single = result.single[3];
    const fused = atRight(result.fused, single.right);
    expect(single.strangers).toBeGreaterThan(0);
    expect(fused?.strangers).toBeLessThan(single.strangers / 2);
  });

  it('gives the counts at the highest threshold that names as many rightly', () => {
    const counts = [0.2, 0.3, 0.4].map(similarity => ({
      similarity,
      right: 10 - 10 * similarity,
      wrong: 0,
      strangers: 0,
    }));
    expect(atRight(counts, 7)?.similarity).toBe(0.3);
    expect(atRight(counts, 9)).toBeUndefined();
  });
});
