import { describe, expect, it } from 'vitest';
import { boundingBox } from '../../src/domain/event.ts';
import { normalize, similarity } from '../../src/domain/face.ts';
import { fitScale, imageBytes } from '../../src/domain/image.ts';

describe('embeddings', () => {
  it('are compared by the cosine of unit vectors', () => {
    const { unit, norm } = normalize(Float32Array.of(3, 4));
    expect(norm).toBe(5);
    expect(similarity(unit, unit)).toBeCloseTo(1, 6);
    expect(similarity(unit, Float32Array.of(-0.8, 0.6))).toBeCloseTo(0, 6);
  });

  it('of nothing stay nothing instead of becoming NaN', () => {
    expect(normalize(new Float32Array(4))).toEqual({ unit: new Float32Array(4), norm: 0 });
  });
});

describe('images', () => {
  it.each([
    ['rgb24', 5, 3, 45],
    ['yuv420p', 4, 2, 12],
    ['yuv420p', 5, 3, 15 + 2 * 3 * 2],
  ] as const)('%s of %dx%d take %d bytes', (format, width, height, bytes) => {
    expect(imageBytes(format, width, height)).toBe(bytes);
  });

  it('fit into the detector input by the tighter side', () => {
    expect(fitScale({ width: 1920, height: 1080 }, { width: 480, height: 360 })).toBe(0.25);
    expect(fitScale({ width: 500, height: 1000 }, { width: 480, height: 360 })).toBe(0.36);
  });
});

describe('a box that leaves the daemon', () => {
  it('has whole pixels and may lie outside the image', () => {
    expect(boundingBox({ left: -3.6, top: 2.4, right: 10.5, bottom: 9 })).toEqual({
      left_x: -4,
      left_y: 2,
      right_x: 11,
      right_y: 9,
    });
  });
});
