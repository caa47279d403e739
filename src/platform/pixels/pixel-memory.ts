import type { Image } from '../../domain/image.ts';
import { compileModule, instantiateModule, PAGE_BYTES } from '../web-assembly.ts';
import { KERNEL_BINARY } from './kernel-binary.ts';

/** Images of one size as rgb24, one after the other. */
export interface PixelBatch {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** count x height x width x 3. */
  readonly pixels: Uint8Array;
}

/** What is done with each pixel of a detector's input; the batches lie in its memory, and are lost at the next `join`. */
export interface PixelMemory {
  /** The images as rgb24 of this size: each in the top-left corner of its own, the rest black. Throws RangeError for one that is larger. */
  join(images: readonly Image[], size: { readonly width: number; readonly height: number }): PixelBatch;
  /** A batch of `join` at a third of its size, or such a third at a ninth: each pixel is the rounded mean of nine; odd rows and columns at the end are left out. */
  third(batch: PixelBatch): PixelBatch;
}

/** Addresses are bytes from the memory's begin. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** The image at `image` as rgb24 at `out`, in lines of `line` bytes that end in zeros; up to 45 bytes behind the last line are overwritten. Source of the colours: ITU-R BT.601, limited range. */
  rgb_of_yuv420p(image: number, width: number, height: number, out: number, line: number): void;
  /** The rgb24 image at a third of its size, not less than one pixel; takes 2 * 3 * width bytes at `sums`, and 16 more. */
  third(image: number, width: number, height: number, sums: number, out: number): void;
}

/** The kernel reads and writes whole blocks, and so a little behind the end. */
const SLACK = 64;
/** A third of each side is a ninth of the bytes, and all thirds together are an eighth. */
const THIRDS = 1 / 8;
/** The source, the sums, the batch, and more thirds than any picture has. */
const MOST_REGIONS = 16;

/** An empty memory, which grows to what the largest batch needs. */
export function createPixelMemory(): PixelMemory {
  const { memory, rgb_of_yuv420p, third } = instantiateModule<Kernel>(compileModule(KERNEL_BINARY));
  let sums = 0;
  let firstFree = 0;

  const reserve = (bytes: number) => {
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  };

  const allocate = (bytes: number): number => {
    const at = firstFree;
    firstFree = (at + bytes + SLACK + 15) & ~15;
    return at;
  };

  return {
    join(images, { width, height }) {
      for (const image of images)
        if (image.width > width || image.height > height)
          throw new RangeError(
            `an image of ${image.width}x${image.height} does not fit into ${width}x${height}`,
          );
      const line = 3 * width;
      const bytes = images.length * height * line;
      const largest = Math.max(...images.map(({ data }) => data.length));
      reserve(largest + 2 * line + bytes * (1 + THIRDS) + MOST_REGIONS * 2 * SLACK);
      firstFree = 0;
      const source = allocate(largest);
      sums = allocate(2 * line);
      const target = allocate(bytes);
      const all = new Uint8Array(memory.buffer);
      for (const [index, image] of images.entries()) {
        const out = target + index * height * line;
        if (image.format === 'yuv420p') {
          all.set(image.data, source);
          rgb_of_yuv420p(source, image.width, image.height, out, line);
        } else copyRows(image, all, out, line);
        all.fill(0, out + image.height * line, out + height * line);
      }
      return { count: images.length, width, height, pixels: all.subarray(target, target + bytes) };
    },
    third({ count, pixels: from, ...size }) {
      const [width, height] = [Math.floor(size.width / 3), Math.floor(size.height / 3)];
      const bytes = 3 * width * height;
      const target = allocate(count * bytes);
      for (let image = 0; bytes > 0 && image < count; image++) {
        const at = from.byteOffset + image * 3 * size.width * size.height;
        third(at, size.width, size.height, sums, target + image * bytes);
      }
      return { count, width, height, pixels: new Uint8Array(memory.buffer, target, count * bytes) };
    },
  };
}

/** The rgb24 image at byte `out`, in lines of `line` bytes that end in zeros. */
function copyRows({ data, width, height }: Image, all: Uint8Array, out: number, line: number): void {
  const own = 3 * width;
  for (let row = 0; row < height; row++) {
    const at = out + row * line;
    all.set(data.subarray(row * own, (row + 1) * own), at);
    all.fill(0, at + own, at + line);
  }
}
