import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalize, similarity } from '../../src/domain/face.ts';
import { fuse } from '../../src/recognition/fusion.ts';
import { measured } from '../support/face-quality.ts';

const face = (values: readonly number[], norm = 3, height = 100) => ({
  embedding: { modelId: 'm@1', vector: normalize(Float32Array.from(values)).unit },
  quality: measured({ norm, height }),
});
const direction = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
  .filter(values => Math.hypot(...values) > 0.1);
const frame = fc.tuple(direction, fc.double({ min: 0.5, max: 6, noNaN: true }));

describe('the fused probe', () => {
  it('of one face is that face', () => {
    const one = face([1, 2, 3, 4]);
    const { modelId, vector } = fuse([one]);
    expect(modelId).toBe('m@1');
    expect(similarity(vector, one.embedding.vector)).toBeCloseTo(1, 6);
  });

  it('lies nearer to the better face', () => {
    const [good, poor] = [face([1, 0, 0, 0], 4), face([0, 1, 0, 0], 2)];
    const { vector } = fuse([poor, good]);
    expect(vector[0]).toBeCloseTo(4 / Math.hypot(4, 2), 6);
    expect(vector[1]).toBeCloseTo(2 / Math.hypot(4, 2), 6);
  });

  it('is of unit length and points where the weighted mean of the frames points', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 12 }), frames => {
        const faces = frames.map(([values, norm]) => face(values, norm));
        const mean = [0, 1, 2, 3].map(at =>
          faces.reduce((sum, one) => sum + one.quality.norm * one.embedding.vector[at], 0),
        );
        const length = Math.hypot(...mean);
        // Frames that cancel each other out point nowhere.
        fc.pre(length > 0.1);
        const { vector } = fuse(faces);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
        for (const [at, value] of mean.entries()) expect(vector[at]).toBeCloseTo(value / length, 4);
      }),
    );
  });

  it('does not depend on the order of the frames', () => {
    const faces = [face([1, 0, 0, 0], 3), face([0, 1, 0, 0], 2), face([0, 0, 1, 0], 5)];
    const [there, back] = [fuse(faces), fuse([...faces].reverse())];
    for (let i = 0; i < 4; i++) expect(there.vector[i]).toBeCloseTo(back.vector[i], 6);
  });
});
