import type { ModelInput } from '../config/catalog.ts';
import type { BatchShape, SmallPicture } from './decoding.ts';

/** Sides are cut to multiples of this, so that there are few shapes (ORT plans memory for each) and a 4:3 picture of 480 and a 16:9 one of 640 need no padding. */
const GRID = 24;

/** The size of the batch that takes these pictures: no larger than they need, or what a model of a fixed size wants. */
export function batchShape(
  pictures: readonly SmallPicture[],
  { size, multipleOf }: Pick<ModelInput, 'size' | 'multipleOf'>,
): BatchShape {
  const count = pictures.length;
  if (size !== 'any') return { count, ...size };
  const step = GRID % multipleOf === 0 ? GRID : multipleOf;
  const padded = (sides: readonly number[]) => Math.ceil(Math.max(...sides) / step) * step;
  return {
    count,
    width: padded(pictures.map(({ image }) => image.width)),
    height: padded(pictures.map(({ image }) => image.height)),
  };
}
