import { describe, expect, it } from 'vitest';
import { similarity } from '../../src/domain/face.ts';
import { openTestEngine } from '../support/engine.ts';
import { describePhotos, havePhotos, photosDir, photosOf, readPairs } from './photo-pairs.ts';
import { type Score, tarAtFmr, tarOverAllPairs, tenFoldAccuracy } from './verification.ts';

/** Every twelfth pair: 150, half of them of the same person. */
const STRIDE = 12;

describe('the figures of a verification', () => {
  const scores: Score[] = Array.from({ length: 200 }, (_, at) => ({
    same: at % 2 === 0,
    similarity: (at % 2 === 0 ? 0.6 : 0.1) + (at % 20) / 1000,
  }));

  it('are perfect where the kinds can be told apart, and a coin toss where they cannot', () => {
    expect(tenFoldAccuracy(scores)).toBe(1);
    expect(tarAtFmr(scores, 1e-2).tar).toBe(1);
    const blind = scores.map(({ same }) => ({ same, similarity: 0.5 }));
    expect(tenFoldAccuracy(blind)).toBe(0.5);
    expect(tarAtFmr(blind, 1e-2).tar).toBe(0);
  });

  it('count every pair of photos once', () => {
    const unit = (x: number, y: number) => Float32Array.of(x, y);
    const photos = [
      { person: 'a', vector: unit(1, 0) },
      { person: 'a', vector: unit(0.8, 0.6) },
      { person: 'b', vector: unit(0, 1) },
    ];
    const { genuine, impostor, results } = tarOverAllPairs(photos, [1e-3]);
    expect([genuine, impostor]).toEqual([1, 2]);
    expect(results[0].threshold).toBeCloseTo(0.6, 5);
    expect(results[0].tar).toBe(1);
  });
});

describe('the whole chain on photos', () => {
  it.skipIf(!havePhotos() && !process.env.CI)(
    `tells 150 pairs of people apart (needs the photos in ${photosDir})`,
    { timeout: 60_000 },
    async () => {
      const pairs = (await readPairs()).filter((_, at) => at % STRIDE === 0);
      expect(pairs.filter(({ same }) => same)).toHaveLength(75);
      const engine = await openTestEngine();
      const photos = photosOf(pairs);
      const faces = await describePhotos(engine, photos, { width: 480, height: 360 });
      await engine.close();
      expect(faces.size).toBe(photos.length);
      const vectorOf = (photo: string) => faces.get(photo)!.embedding.vector;
      const scores = pairs.map(({ same, first, second }): Score => {
        return { same, similarity: similarity(vectorOf(first), vectorOf(second)) };
      });
      // Measured: .692; with red and blue swapped .655, with a wider landmark crop .649.
      const genuine = scores.filter(({ same }) => same).map(one => one.similarity);
      expect(genuine.reduce((sum, value) => sum + value, 0) / genuine.length).toBeGreaterThan(0.675);
      expect(tenFoldAccuracy(scores)).toBeGreaterThanOrEqual(0.98);
    },
  );
});
