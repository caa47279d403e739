import { z } from 'zod';
import { qualitySection } from './quality.ts';

/** When a face has a name. */
export const RecognitionSection = z.strictObject({
  targetFpir: z
    .number()
    .min(1e-9)
    .max(0.1)
    .default(1e-4)
    .describe(
      'How often a stranger may be taken for anyone enrolled (FPIR); with the number of persons it gives the similarity that "known" needs.',
    ),
  minSimilarity: z
    .union([z.literal('auto'), z.number().min(0.05).max(0.99)])
    .default('auto')
    .describe(
      'Cosine similarity that "known" needs, higher is stricter; auto takes it from targetFpir, the number of persons and the calibration of the embedder.',
    ),
  minMargin: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('The best person must beat the best other person by this much similarity.'),
  minFrames: z
    .int()
    .min(2)
    .max(20)
    .default(2)
    .describe('Distinct frames of a track that must agree before it is "known".'),
  unknownFrames: z
    .int()
    .min(2)
    .max(50)
    .default(4)
    .describe('Distinct frames without anyone similar before a track is announced as unknown.'),
  trackTimeoutMs: z
    .int()
    .min(200)
    .max(60_000)
    .default(2000)
    .describe('A track that was not seen for this many milliseconds has ended.'),
  maxFacesPerFrame: z
    .int()
    .min(1)
    .max(100)
    .default(6)
    .describe('Most faces of one frame that are described; the others take their turn.'),
  quality: qualitySection({
    minFaceHeight: 40,
    maxYaw: 0.6,
    minPitch: 0.1,
    maxPitch: 1,
    minSharpness: 10,
    minBrightness: 25,
    maxBrightness: 235,
    maxClipped: 0.5,
    minVisible: 0.6,
  })
    .prefault({})
    .describe('How usable a face must be to count.'),
});
