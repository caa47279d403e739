import type { EnrollmentConfig } from '../config/schema.ts';
import { FacegateError } from '../domain/errors.ts';
import type { Face, FaceQuality } from '../domain/face.ts';
import { boxArea } from '../domain/geometry.ts';

/** Why a face may not be enrolled; `details.reason` of the `low_quality` error. */
export type EnrollmentReason = 'too_small' | 'low_norm' | 'extreme_pose';

/** The largest face of an image; throws `no_face`, or `low_quality` with `details.reason`, where it may not be enrolled. */
export function chooseFace(faces: readonly Face[], policy: EnrollmentConfig): Face {
  if (faces.length === 0)
    throw new FacegateError(
      'no_face',
      'No face was found in the image; send a frontal photo that shows brows, eyes, nose and lips.',
    );
  const face = faces.reduce((largest, each) => (boxArea(each.box) > boxArea(largest.box) ? each : largest));
  const flaw = FLAWS.find(({ isIn }) => isIn(face.quality, policy));
  if (!flaw) return face;
  throw new FacegateError('low_quality', flaw.advice(face.quality, policy), {
    details: { reason: flaw.reason },
  });
}

interface Flaw {
  readonly reason: EnrollmentReason;
  /** Must be true for measures that are no numbers. */
  isIn(quality: FaceQuality, policy: EnrollmentConfig): boolean;
  advice(quality: FaceQuality, policy: EnrollmentConfig): string;
}

const FLAWS: readonly Flaw[] = [
  {
    reason: 'too_small',
    isIn: ({ height }, { minFaceHeight }) => !(height >= minFaceHeight),
    advice: ({ height }, { minFaceHeight }) =>
      `The face is ${Math.round(height)} pixels high and ${minFaceHeight} are needed; send a larger photo or come closer.`,
  },
  {
    reason: 'extreme_pose',
    isIn: ({ yaw }, { maxYaw }) => !(Math.abs(yaw) <= maxYaw),
    advice: () => 'The head is turned too far to a side; send a photo that looks straight into the camera.',
  },
  {
    reason: 'low_norm',
    isIn: ({ norm }, { minNorm }) => !(norm >= minNorm),
    advice: () =>
      'The face is blurred, dark or partly hidden; send a sharp photo that shows brows, eyes, nose and lips.',
  },
];
