import type { FaceQuality } from '../domain/face.ts';
import type { Box, Landmarks } from '../domain/geometry.ts';
import { boxArea, boxHeight } from '../domain/geometry.ts';
import { lumaOf } from './luma.ts';

/** Luma from which a pixel counts as white: what the sensor could not hold. */
const WHITE = 250;

/** Where a face's parts lie, in distances from the middle of the eyes to that of the mouth: down from the eyes, and to each side. */
const BROWS = -0.6;
const CHIN = 1.6;
const CHEEKS = 1.1;

/** Points per side of the grid that tells how much of a face is visible. */
const GRID = 20;

/** The measures of a face, from its box and landmarks in pixels of `full` and the openness of its eyes where it is known, the size of `full`, its aligned crop (rgb24, size x size) and the raw norm of its embedding. */
export function measureQuality(
  face: { box: Box; landmarks: Landmarks; eyeOpenness?: number },
  full: { width: number; height: number },
  crop: { data: Uint8Array; size: number },
  norm: number,
): FaceQuality {
  const luma = lumaOf(crop.data);
  return {
    height: boxHeight(face.box),
    norm,
    ...pose(face.landmarks),
    sharpness: laplacianVariance(luma, crop.size),
    brightness: mean(luma),
    clipped: luma.reduce((count, value) => count + (value >= WHITE ? 1 : 0), 0) / luma.length,
    visible: Math.min(visibleShare(face.box, full), visibleFace(face.landmarks, full)),
    ...(face.eyeOpenness === undefined ? {} : { eyeOpenness: face.eyeOpenness }),
  };
}

/** How a head is turned, from its landmarks; yaw and pitch are measured along the face's own axes, so that roll does not change them. */
export function pose(landmarks: Landmarks): { yaw: number; pitch: number; roll: number } {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = landmarks;
  const distance = Math.hypot(rightEye.x - leftEye.x, rightEye.y - leftEye.y);
  if (distance === 0) return { yaw: 0, pitch: 0, roll: 0 };
  const cos = (rightEye.x - leftEye.x) / distance;
  const sin = (rightEye.y - leftEye.y) / distance;
  const upright = ({ x, y }: { x: number; y: number }) => ({ x: cos * x + sin * y, y: cos * y - sin * x });
  const eyes = middle(upright(leftEye), upright(rightEye));
  const mouth = middle(upright(leftMouth), upright(rightMouth));
  const tip = upright(nose);
  const drop = mouth.y - eyes.y;
  return {
    yaw: (tip.x - (eyes.x + mouth.x) / 2) / distance,
    pitch: drop === 0 ? 0 : (tip.y - eyes.y) / drop,
    roll: (Math.atan2(sin, cos) * 180) / Math.PI,
  };
}

/** Variance of the four-neighbour Laplacian over the inner pixels of a square image of luma. Source: Pech-Pacheco 2000. */
export function laplacianVariance(luma: Uint8Array, size: number): number {
  let sum = 0;
  let squares = 0;
  for (let row = 1; row < size - 1; row++)
    for (let at = row * size + 1; at < (row + 1) * size - 1; at++) {
      const value = luma[at - 1] + luma[at + 1] + luma[at - size] + luma[at + size] - 4 * luma[at];
      sum += value;
      squares += value * value;
    }
  const count = (size - 2) * (size - 2);
  return squares / count - (sum / count) ** 2;
}

function visibleShare(box: Box, { width, height }: { width: number; height: number }): number {
  const inside = {
    left: Math.max(box.left, 0),
    top: Math.max(box.top, 0),
    right: Math.min(box.right, width),
    bottom: Math.min(box.bottom, height),
  };
  const whole = boxArea(box);
  return whole === 0 ? 0 : boxArea(inside) / whole;
}

/**
 * The share of the face from brows to chin that lies inside the picture, as the landmarks tell it: a detector squeezes its box into
 * the picture where half of the face is cut off. Counted on a grid along the face's own axes.
 */
function visibleFace(landmarks: Landmarks, { width, height }: { width: number; height: number }): number {
  const [leftEye, rightEye, , leftMouth, rightMouth] = landmarks;
  const eyes = middle(leftEye, rightEye);
  const mouth = middle(leftMouth, rightMouth);
  const down = { x: mouth.x - eyes.x, y: mouth.y - eyes.y };
  let inside = 0;
  for (let row = 0; row < GRID; row++)
    for (let column = 0; column < GRID; column++) {
      const along = BROWS + ((row + 0.5) / GRID) * (CHIN - BROWS);
      const across = ((column + 0.5) / GRID - 0.5) * 2 * CHEEKS;
      const x = eyes.x + along * down.x - across * down.y;
      const y = eyes.y + along * down.y + across * down.x;
      if (x >= 0 && y >= 0 && x <= width && y <= height) inside++;
    }
  return inside / (GRID * GRID);
}

function mean(values: Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function middle(a: { x: number; y: number }, b: { x: number; y: number }): { x: number; y: number } {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
