import type { Box } from '../domain/geometry.ts';

/** Width and height of a picture in pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * One coordinate system for the frames of a camera, whose two streams show the same scene in two sizes (and, where pixels are not
 * square, proportions): the pixels of a reference frame, of whatever stream it was.
 */
export interface SceneScale {
  /** Takes a picture of this size as the reference; boxes placed before are then of no use any more. */
  refer(full: Size): void;
  /** The box, in pixels of a picture of size `full`, in those of the reference. The first picture is the reference if there is none. */
  place(box: Box, full: Size): Box;
}

/** A scale without a reference. */
export function createSceneScale(): SceneScale {
  let reference: Size | undefined;
  return {
    refer: ({ width, height }) => {
      reference = { width, height };
    },
    place(box, full) {
      reference ??= { width: full.width, height: full.height };
      if (reference.width === full.width && reference.height === full.height) return box;
      const [x, y] = [reference.width / full.width, reference.height / full.height];
      return { left: box.left * x, top: box.top * y, right: box.right * x, bottom: box.bottom * y };
    },
  };
}
