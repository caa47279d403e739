import type { Image, Picture } from '../domain/image.ts';
import { imageBytes } from '../domain/image.ts';
import type { SmallPicture } from './decoding.ts';

/** The small half of a picture, as a detector job takes it. Throws RangeError if its pixels are not what its size says. */
export function smallOf({ small, full, scale }: Picture): SmallPicture {
  return { image: overSharedMemory(small), fullWidth: full.width, fullHeight: full.height, scale };
}

/** The image over a SharedArrayBuffer, so that posting it to a worker copies nothing; an image that lies elsewhere is copied once. Throws RangeError if its pixels are not what its size says. */
export function overSharedMemory(image: Image): Image {
  const { format, width, height, data } = image;
  const bytes = imageBytes(format, width, height);
  if (data.length !== bytes)
    throw new RangeError(`${format} of ${width}x${height} has ${bytes} bytes, not ${data.length}`);
  if (data.buffer instanceof SharedArrayBuffer) return image;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes));
  shared.set(data);
  return { ...image, data: shared };
}
