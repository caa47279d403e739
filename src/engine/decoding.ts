import type { Detection } from '../domain/face.ts';
import type { Image } from '../domain/image.ts';
import type { Tensors } from './session.ts';

/** A picture as the detector sees it, and the size of the full picture at `scale` (small px per full px). */
export interface SmallPicture {
  readonly image: Image;
  readonly fullWidth: number;
  readonly fullHeight: number;
  readonly scale: number;
}

/** Pixels of the detector's input, and how many images went in. */
export interface BatchShape {
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

/** Candidates of each image above `minScore`, in pixels of the detector's input, overlaps included. Throws TypeError if the outputs do not fit the family. */
export type Decoder = (outputs: Tensors, shape: BatchShape, minScore: number) => Detection[][];
