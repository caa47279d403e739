import { z } from 'zod';
import { qualitySection } from './quality.ts';

/** Which images may be enrolled. */
export const EnrollmentSection = z.strictObject({
  maxImages: z.int().min(1).max(200).default(40).describe('Most images of one person.'),
  keepImages: z
    .boolean()
    .default(false)
    .describe(
      'Keep enrolled images, encrypted, so that "facegate gallery migrate" can make templates anew for another embedder.',
    ),
  duplicates: z
    .enum(['warn', 'refuse'])
    .default('warn')
    .describe(
      'What happens when the face already belongs to another person: a warning in the answer, or 409.',
    ),
  quality: qualitySection({
    minFaceHeight: 80,
    maxYaw: 0.35,
    minPitch: 0.25,
    maxPitch: 0.8,
    minSharpness: 25,
    minBrightness: 40,
    maxBrightness: 220,
    maxClipped: 0.25,
    minVisible: 0.9,
  })
    .prefault({})
    .describe('How usable a face must be to be enrolled.'),
});
