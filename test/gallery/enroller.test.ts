import { describe, expect, it } from 'vitest';
import { ConfigSchema } from '../../src/config/schema.ts';
import type { Face, FaceQuality } from '../../src/domain/face.ts';
import { chooseFace } from '../../src/gallery/enroller.ts';
import { embeddingOf } from '../support/people.ts';

const defaults = ConfigSchema.parse({}).enrollment.quality;
const policy = { quality: { ...defaults, minFaceHeight: 80, minNorm: 2.8, maxYaw: 0.35 } };
const good: FaceQuality = {
  height: 120,
  norm: 4,
  yaw: 0.1,
  pitch: 0.55,
  roll: 0,
  sharpness: 100,
  brightness: 120,
  clipped: 0,
  visible: 1,
};

const faceOf = (quality: Partial<FaceQuality> = {}, size = 100): Face => {
  const point = { x: 1, y: 1 };
  return {
    box: { left: 10, top: 10, right: 10 + size, bottom: 10 + size },
    score: 0.9,
    landmarks: [point, point, point, point, point],
    quality: { ...good, ...quality },
    embedding: embeddingOf(1),
  };
};

describe('the choice of the face to enroll', () => {
  it('is the largest one', () => {
    const faces = [faceOf({}, 50), faceOf({}, 90), faceOf({}, 70)];
    expect(chooseFace(faces, policy)).toBe(faces[1]);
  });

  it('says that there is no face', () => {
    expect(() => chooseFace([], policy)).toThrow(expect.objectContaining({ code: 'no_face' }));
  });

  it('takes a face exactly at the bounds', () => {
    const face = faceOf({ height: 80, norm: 2.8, yaw: -0.35 });
    expect(chooseFace([face], policy)).toBe(face);
  });

  it.each<[string, Partial<FaceQuality>]>([
    ['too_small', { height: 79 }],
    ['extreme_pose', { yaw: -0.36 }],
    ['extreme_pose', { yaw: 0.36 }],
    ['low_norm', { norm: 2.79 }],
    ['cropped_by_frame', { visible: 0.5 }],
    ['extreme_pose', { pitch: 1.5 }],
    ['over_exposed', { clipped: 0.9 }],
    ['over_exposed', { brightness: 250 }],
    ['under_exposed', { brightness: 5 }],
    ['blurred', { sharpness: 1 }],
    ['too_small', { height: Number.NaN }],
    ['extreme_pose', { yaw: Number.NaN }],
    ['low_norm', { norm: Number.NaN }],
  ])('refuses with the reason %s a face with %j', (reason, quality) => {
    expect(() => chooseFace([faceOf(quality)], policy)).toThrow(
      expect.objectContaining({
        code: 'low_quality',
        details: { reason },
        message: expect.stringMatching(/; send a [^;]+\.$/),
      }),
    );
  });

  it('does not fall back to a smaller face where the largest will not do', () => {
    expect(() => chooseFace([faceOf({}, 50), faceOf({ norm: 1 }, 90)], policy)).toThrow(
      expect.objectContaining({ details: { reason: 'low_norm' } }),
    );
  });
});
