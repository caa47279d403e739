import { FacegateError } from '../domain/errors.ts';
import type { Face, FaceQuality } from '../domain/face.ts';
import { boxArea } from '../domain/geometry.ts';
import { judgeQuality, type QualityLimits, type QualityReason } from '../domain/quality.ts';

/** The largest face of an image; throws `no_face`, or `low_quality` with `details.reason`, where it may not be enrolled. */
export function chooseFace(faces: readonly Face[], policy: { readonly quality: QualityLimits }): Face {
  if (faces.length === 0)
    throw new FacegateError(
      'no_face',
      'No face was found in the image; send a frontal photo that shows brows, eyes, nose and lips.',
    );
  const face = faces.reduce((largest, each) => (boxArea(each.box) > boxArea(largest.box) ? each : largest));
  const [reason] = judgeQuality(face.quality, policy.quality);
  if (reason === undefined) return face;
  throw new FacegateError('low_quality', ADVICE[reason](face.quality, policy.quality), {
    details: { reason },
  });
}

const ADVICE: Record<QualityReason, (quality: FaceQuality, limits: QualityLimits) => string> = {
  too_small: ({ height }, { minFaceHeight }) =>
    `The face is ${Math.round(height)} pixels high and ${minFaceHeight} are needed; send a larger photo or come closer.`,
  cropped_by_frame: () => 'The face is cut off by the edge of the image; send a photo that shows it whole.',
  extreme_pose: () => 'The head is turned too far; send a photo that looks straight into the camera.',
  over_exposed: () => 'The face is too bright; send a photo with softer light.',
  under_exposed: () => 'The face is too dark; send a photo with more light.',
  blurred: () => 'The face is blurred; send a sharp photo.',
  low_norm: () =>
    'The face is blurred, dark or partly hidden; send a sharp photo that shows brows, eyes, nose and lips.',
};
