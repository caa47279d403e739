import { z } from 'zod';

/** Limits of how usable a face must be; the defaults differ between recognition and enrollment. */
export const qualitySection = (defaults: {
  minFaceHeight: number;
  maxYaw: number;
  minPitch: number;
  maxPitch: number;
  minSharpness: number;
  minBrightness: number;
  maxBrightness: number;
  maxClipped: number;
  minVisible: number;
}) =>
  z.strictObject({
    minFaceHeight: z
      .int()
      .min(16)
      .max(2000)
      .default(defaults.minFaceHeight)
      .describe('Lowest face height in pixels of the full picture (too_small).'),
    minNorm: z
      .union([z.literal('auto'), z.number().min(0).max(100)])
      .default('auto')
      .describe(
        'Lowest raw embedding norm; blurred, hidden and false faces are below (low_norm). auto takes it from the catalog entry of the embedder.',
      ),
    maxYaw: z
      .number()
      .min(0.05)
      .max(3)
      .default(defaults.maxYaw)
      .describe('Largest turn of the head to a side, about 100 degrees per unit (extreme_pose).'),
    minPitch: z
      .number()
      .min(-2)
      .max(0.55)
      .default(defaults.minPitch)
      .describe('Lowest pitch index; .55 is level, smaller looks up (extreme_pose).'),
    maxPitch: z
      .number()
      .min(0.55)
      .max(3)
      .default(defaults.maxPitch)
      .describe('Highest pitch index; larger looks down (extreme_pose).'),
    minSharpness: z
      .number()
      .min(0)
      .max(10_000)
      .default(defaults.minSharpness)
      .describe('Lowest variance of the Laplacian of the aligned crop (blurred).'),
    minBrightness: z
      .number()
      .min(0)
      .max(255)
      .default(defaults.minBrightness)
      .describe('Lowest mean luma of the aligned crop, 0 to 255 (under_exposed).'),
    maxBrightness: z
      .number()
      .min(0)
      .max(255)
      .default(defaults.maxBrightness)
      .describe('Highest mean luma of the aligned crop, 0 to 255 (over_exposed).'),
    maxClipped: z
      .number()
      .min(0)
      .max(1)
      .default(defaults.maxClipped)
      .describe('Largest share of white pixels in the aligned crop (over_exposed).'),
    minVisible: z
      .number()
      .min(0)
      .max(1)
      .default(defaults.minVisible)
      .describe('Smallest share of the face, brows to chin, inside the picture (cropped_by_frame).'),
  });

/** Limits of how usable a face must be; units stand with each setting. */
export type QualityConfig = z.output<ReturnType<typeof qualitySection>>;
