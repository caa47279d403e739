import type { FaceQuality } from '../../src/domain/face.ts';

/** A good face's measures, but for those given. */
export function measured(some: Partial<FaceQuality>): FaceQuality {
  return {
    height: 100,
    norm: 3,
    yaw: 0,
    pitch: 0.55,
    roll: 0,
    sharpness: 100,
    brightness: 128,
    clipped: 0,
    visible: 1,
    ...some,
  };
}
