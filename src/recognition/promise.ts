import type { Detection } from '../domain/face.ts';
import { type Box, boxArea, boxHeight, boxWidth, type Landmarks } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';
import type { QualityLimits } from '../domain/quality.ts';

/** Side of the aligned crop: more pixels than that add nothing, and sharpness is measured at its scale. */
const CROP = 112;
/** Points per side that sharpness is sampled at. */
const SAMPLES = 40;
/** Sharpness at which half of what sharpness can give is reached (real webcam faces: 30 to 400, out of focus: 4). */
const HALF_SHARP = 60;
/** How much a face turned to the side by one unit of yaw is worth less. */
const YAW_COST = 0.8;

/** Whether a face can be good enough, as far as can be told before it is described. */
export function canBeUsable({ box }: Detection, full: Image, limits: QualityLimits): boolean {
  return boxHeight(box) >= limits.minFaceHeight && visibleShare(box, full) >= limits.minVisible;
}

/**
 * How good an embedding a face promises, 0..1, from what is known before it is described: size, sharpness, detection
 * score and, where the detector gives landmarks, how far the head is turned. Only good for comparing the faces of one track.
 */
export function promiseOf({ box, score, landmarks }: Detection, full: Image): number {
  const size = Math.min(1, boxHeight(box) / CROP);
  const sharpness = sharpnessOf(full, box);
  const frontal = landmarks === undefined ? 1 : Math.max(0, 1 - YAW_COST * Math.abs(yawOf(landmarks)));
  return size * (sharpness / (sharpness + HALF_SHARP)) * score * frontal;
}

/** Variance of the four-neighbour Laplacian of the luma (green of rgb24) in a box, sampled at the scale of the aligned crop; 0 for a box outside the picture. */
export function sharpnessOf({ format, width, height, data }: Image, box: Box): number {
  const step = Math.max(1, Math.round(boxHeight(box) / CROP));
  const [stride, offset] = format === 'rgb24' ? [3, 1] : [1, 0];
  const [left, right] = inside(box.left, box.right, step, width);
  const [top, bottom] = inside(box.top, box.bottom, step, height);
  if (right <= left || bottom <= top) return 0;
  const columns = positions(left, right, stride);
  const line = width * stride;
  const [aside, above] = [step * stride, step * line];
  let sum = 0;
  let squares = 0;
  for (const row of positions(top, bottom, line))
    for (let column = 0; column < SAMPLES; column++) {
      const at = row + columns[column] + offset;
      const around = data[at - aside] + data[at + aside] + data[at - above] + data[at + above];
      const value = around - 4 * data[at];
      sum += value;
      squares += value * value;
    }
  const count = SAMPLES * SAMPLES;
  return squares / count - (sum / count) ** 2;
}

/** Offsets of the samples of a span, whose neighbours lie `stride` bytes apart. */
function positions(from: number, to: number, stride: number): number[] {
  return Array.from(
    { length: SAMPLES },
    (_, sample) => Math.floor(from + ((to - from) * sample) / SAMPLES) * stride,
  );
}

/** The part of a span whose points have neighbours at `step` inside 0..size. */
function inside(from: number, to: number, step: number, size: number): [number, number] {
  return [Math.max(step, Math.ceil(from)), Math.min(size - 1 - step, Math.floor(to))];
}

function yawOf([leftEye, rightEye, nose, leftMouth, rightMouth]: Landmarks): number {
  const distance = Math.hypot(rightEye.x - leftEye.x, rightEye.y - leftEye.y);
  const middle = (leftEye.x + rightEye.x + leftMouth.x + rightMouth.x) / 4;
  return distance === 0 ? 1 : (nose.x - middle) / distance;
}

function visibleShare(box: Box, { width, height }: Image): number {
  const shown = {
    left: Math.max(box.left, 0),
    top: Math.max(box.top, 0),
    right: Math.min(box.right, width),
    bottom: Math.min(box.bottom, height),
  };
  return boxWidth(box) === 0 ? 0 : boxArea(shown) / boxArea(box);
}
