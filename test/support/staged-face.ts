import type { Box } from '../../src/domain/geometry.ts';
import { boxHeight, intersectionOverUnion } from '../../src/domain/geometry.ts';
import { fitScale, type Image, type Picture } from '../../src/domain/image.ts';
import { resample } from '../../src/engine/crop.ts';

/** A photo with a face whose box, in pixels of the photo, is known. */
export interface FacePhoto {
  readonly image: Image;
  readonly box: Box;
}

/** Where a face stands in a frame: its height and the place of its centre, as shares of the frame. */
export interface Stage {
  readonly width: number;
  readonly height: number;
  readonly faceHeight: number;
  readonly x: number;
  readonly y: number;
  /** What is around the photo: nothing, or its edge drawn on. */
  readonly around: 'black' | 'replicate';
}

/** The frame of a camera that sees the face so, as the engine takes it (detector input `input`), and the face's box in it. */
export function stageFace(
  { image, box }: FacePhoto,
  stage: Stage,
  input: { width: number; height: number },
): { picture: Picture; box: Box } {
  const step = boxHeight(box) / (stage.faceHeight * stage.height);
  const x0 = (box.left + box.right) / 2 - stage.x * stage.width * step;
  const y0 = (box.top + box.bottom) / 2 - stage.y * stage.height * step;
  const toPhoto = { xx: step, xy: 0, x0, yx: 0, yy: step, y0 };
  const { width, height } = stage;
  const full: Image = {
    format: 'rgb24',
    width,
    height,
    data: resample(image, toPhoto, { width, height }, stage.around),
  };
  const staged = {
    left: (box.left - x0) / step,
    top: (box.top - y0) / step,
    right: (box.right - x0) / step,
    bottom: (box.bottom - y0) / step,
  };
  return { picture: asPicture(full, input), box: staged };
}

/** A picture of an image: its small half is the image scaled into the top-left corner of the detector's input, the rest black. */
export function asPicture(full: Image, input: { width: number; height: number }): Picture {
  const scale = fitScale(full, input);
  const toFull = { xx: 1 / scale, xy: 0, x0: 0, yx: 0, yy: 1 / scale, y0: 0 };
  const size = { width: Math.round(full.width * scale), height: Math.round(full.height * scale) };
  const scaled = resample(full, toFull, size, 'replicate');
  const data = new Uint8Array(input.width * input.height * 3);
  for (let row = 0; row < size.height; row++)
    data.set(scaled.subarray(row * size.width * 3, (row + 1) * size.width * 3), row * input.width * 3);
  return { small: { format: 'rgb24', ...input, data }, full, scale };
}

/** The found box that is of the same face: the best one that covers it by half. */
export function sameFace<T extends { box: Box }>(found: readonly T[], box: Box): T | undefined {
  const rated = found.map(one => ({ one, iou: intersectionOverUnion(one.box, box) }));
  rated.sort((a, b) => b.iou - a.iou);
  return rated[0] !== undefined && rated[0].iou >= 0.5 ? rated[0].one : undefined;
}
