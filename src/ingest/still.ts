import { fitScale, type Image, type Picture } from '../domain/image.ts';
import type { StillFormat } from './image-format.ts';

/** An uploaded image, decoded, upright and ready for the engine. */
export interface Still {
  /** `full` is rgb24 (sRGB), at most `maxSide` wide and high; both images lie over shared memory. */
  readonly picture: Picture;
  /** Size in pixels of the upright original. */
  readonly width: number;
  readonly height: number;
  /** Original pixels per pixel of `picture.full`. */
  readonly toOriginal: number;
  readonly format: StillFormat;
}

/** Bounds of what is decoded and into what. */
export interface StillOptions {
  /** Most pixels (width times height) of an image; the header tells, before anything is decoded. */
  readonly maxPixels: number;
  /** Longest side of `full`; larger images are scaled down. Default 2048. */
  readonly maxSide?: number;
  /** Detector input: the size of `small`. */
  readonly input: Size;
}

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Longest side of `full` where nothing else is asked for. */
export const MAX_SIDE = 2048;

/** The size that an image of `size` has once it is scaled to fit into `room`. */
export function shrunkenSize(size: Size, room: Size): Size {
  const scale = fitScale(size, room);
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return { width: side(size.width), height: side(size.height) };
}

/** The still of an image of this original size, from its two pictures. */
export function stillOf(parts: {
  readonly format: StillFormat;
  readonly original: Size;
  readonly full: Image;
  readonly small: Image;
}): Still {
  const { format, original, full, small } = parts;
  return {
    picture: { small, full, scale: fitScale(full, small) },
    ...original,
    toOriginal: Math.max(original.width, original.height) / Math.max(full.width, full.height),
    format,
  };
}
