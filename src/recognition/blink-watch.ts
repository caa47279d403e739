import type { Landmarks } from '../domain/geometry.ts';
import type { ActiveSample, TaskWatch } from './active-task.ts';

/** Measures of a face that a blink is told by. */
interface Look {
  /** Eye aspect ratio by the height of the face for its width: a photo that is tilted changes both alike, a blink only the first. */
  readonly opening: number;
  readonly faceAspect: number;
  readonly yaw: number;
  readonly eyeOpenness: number;
}

/** Frames that tell what the open eyes of this face look like. */
const MIN_OPEN_FRAMES = 4;
const OPEN_FRAMES = 8;
/** Eyes that seem narrower than this from the start tell no blink. */
const MIN_OPENNESS = 0.2;
/** Shares of the usual opening below which eyes are shut and above which they are open again. */
const SHUT = 0.8;
const REOPENED = 0.88;
/** A longer blink is none. */
const MAX_SHUT_MS = 800;
/** A blink is only told of a head that keeps still: the share by which the face's shape may change, and the yaw. */
const MAX_ASPECT_CHANGE = 0.1;
const MAX_YAW_CHANGE = 0.1;

/**
 * Waits for eyes that shut and open again while the head keeps still. The measures and bounds were chosen on three clips of real faces
 * and on twelve photos waved and tilted before the camera (rendered), of which none may pass.
 */
export function createBlinkWatch(): TaskWatch {
  let open: Look[] = [];
  let shut: { readonly at: number; readonly usual: Look } | undefined;

  const restart = () => {
    open = [];
    shut = undefined;
  };

  const beginsBlink = (look: Look, at: number): boolean => {
    const usual = medianOf(open);
    if (open.length < MIN_OPEN_FRAMES || look.opening >= SHUT * usual.opening) return false;
    if (usual.eyeOpenness < MIN_OPENNESS || !isSteady(look, usual)) restart();
    else shut = { at, usual };
    return true;
  };

  return {
    restart,
    add(sample) {
      const look = lookOf(sample);
      if (look === undefined) return false;
      if (shut === undefined) {
        if (!beginsBlink(look, sample.at)) open = [...open, look].slice(-OPEN_FRAMES);
        return false;
      }
      const { usual, at } = shut;
      if (!isSteady(look, usual) || sample.at - at > MAX_SHUT_MS) restart();
      else if (look.opening >= REOPENED * usual.opening) return true;
      return false;
    },
  };
}

function lookOf({ landmarks, yaw, eyeOpenness }: ActiveSample): Look | undefined {
  const faceAspect = aspectOf(landmarks);
  if (eyeOpenness === undefined || !(faceAspect > 0)) return undefined;
  return { opening: eyeOpenness / faceAspect, faceAspect, yaw, eyeOpenness };
}

/** Distance from the eyes to the mouth by the distance of the eyes; 0 where the eyes coincide. */
function aspectOf([leftEye, rightEye, , leftMouth, rightMouth]: Landmarks): number {
  const eyes = Math.hypot(rightEye.x - leftEye.x, rightEye.y - leftEye.y);
  const x = (leftMouth.x + rightMouth.x - leftEye.x - rightEye.x) / 2;
  const y = (leftMouth.y + rightMouth.y - leftEye.y - rightEye.y) / 2;
  return eyes === 0 ? 0 : Math.hypot(x, y) / eyes;
}

function isSteady(look: Look, usual: Look): boolean {
  return (
    Math.abs(look.faceAspect / usual.faceAspect - 1) <= MAX_ASPECT_CHANGE &&
    Math.abs(look.yaw - usual.yaw) <= MAX_YAW_CHANGE
  );
}

function medianOf(looks: readonly Look[]): Look {
  const median = (measure: keyof Look): number => {
    const values = looks.map(look => look[measure]).sort((a, b) => a - b);
    return values[values.length >> 1] ?? 0;
  };
  return {
    opening: median('opening'),
    faceAspect: median('faceAspect'),
    yaw: median('yaw'),
    eyeOpenness: median('eyeOpenness'),
  };
}
