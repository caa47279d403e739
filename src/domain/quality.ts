import type { FaceQuality } from './face.ts';

/** Why a face is not good enough; stable, told to clients and in events. */
export type QualityReason =
  | 'too_small'
  | 'cropped_by_frame'
  | 'extreme_pose'
  | 'over_exposed'
  | 'under_exposed'
  | 'blurred'
  | 'low_norm';

/** Limits for the measures of FaceQuality; see there for units. */
export interface QualityLimits {
  readonly minFaceHeight: number;
  readonly minNorm: number;
  readonly maxYaw: number;
  readonly minPitch: number;
  readonly maxPitch: number;
  readonly minSharpness: number;
  readonly minBrightness: number;
  readonly maxBrightness: number;
  readonly maxClipped: number;
  readonly minVisible: number;
}

/** What is wrong with a face, the plainest reason first; empty where it is good enough. A measure that is no number is wrong. */
export function judgeQuality(quality: FaceQuality, limits: QualityLimits): QualityReason[] {
  const { height, norm, yaw, pitch, sharpness, brightness, clipped, visible } = quality;
  const good: readonly (readonly [QualityReason, boolean])[] = [
    ['too_small', height >= limits.minFaceHeight],
    ['cropped_by_frame', visible >= limits.minVisible],
    ['extreme_pose', Math.abs(yaw) <= limits.maxYaw && pitch >= limits.minPitch && pitch <= limits.maxPitch],
    ['over_exposed', brightness <= limits.maxBrightness && clipped <= limits.maxClipped],
    ['under_exposed', brightness >= limits.minBrightness],
    ['blurred', sharpness >= limits.minSharpness],
    ['low_norm', norm >= limits.minNorm],
  ];
  return good.flatMap(([reason, isGood]) => (isGood ? [] : [reason]));
}
