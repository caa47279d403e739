import type { ModelInput } from '../config/catalog.ts';
import type { BatchShape, SmallPicture } from './decoding.ts';
import type { Room } from './room.ts';

/** Sides are cut to multiples of this, so that there are few shapes: ORT plans memory for each. */
const GRID = 32;

/**
 * The pixels of pictures of one size, one after the other, without the padding that none of them uses: a 16:9 picture fills three quarters
 * of a 4:3 input, and the rest costs as much as if it showed something. A model of a fixed size gets its whole input. They lie in `room`.
 */
export function joinContents(
  pictures: readonly SmallPicture[],
  { width, height }: { width: number; height: number },
  { size, multipleOf }: Pick<ModelInput, 'size' | 'multipleOf'>,
  room: Room,
): BatchShape & { readonly pixels: Uint8Array } {
  const step = GRID % multipleOf === 0 ? GRID : multipleOf;
  const used = (side: number, contents: readonly number[]) =>
    size === 'any' ? Math.min(side, Math.ceil(wholePixels(Math.max(...contents)) / step) * step) : side;
  const shape = {
    count: pictures.length,
    width: used(
      width,
      pictures.map(({ fullWidth, scale }) => fullWidth * scale),
    ),
    height: used(
      height,
      pictures.map(({ fullHeight, scale }) => fullHeight * scale),
    ),
  };
  const line = shape.width * 3;
  const pixels = room.take(shape.count * shape.height * line);
  for (const [at, picture] of pictures.entries())
    for (let row = 0; row < shape.height; row++) {
      const from = row * width * 3;
      pixels.set(picture.pixels.subarray(from, from + line), (at * shape.height + row) * line);
    }
  return { ...shape, pixels };
}

/** A picture a hundred times as wide as high still has a row of pixels. */
function wholePixels(side: number): number {
  return Math.max(1, Math.round(side));
}
