import { type Frame, fitScale, type Image, imageBytes, type Picture } from '../domain/image.ts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The sizes of one scene. */
export interface Geometry {
  readonly small: Size;
  readonly full: Size;
}

/** Room for one frame, over shared memory; whoever holds it must release it. Of a light one `full` has a size, but no pixels. */
export interface FrameBuffers {
  readonly small: Image;
  readonly full: Image;
}

/** A fixed number of frame buffers of one geometry, yuv420p all of them. */
export interface FramePool extends Geometry {
  /** Whether there is room for the full picture, too. */
  readonly isWhole: boolean;
  /** Buffers that nobody holds, or undefined where all are held. */
  acquire(): FrameBuffers | undefined;
  /** Gives buffers back; a second call for the same lease is the caller's error and is not noticed. */
  release(buffers: FrameBuffers): void;
}

/**
 * One being written, the newest, and one in use. Where the next small picture arrives while the last full one still does, the newest
 * that nobody has taken yet makes room; a fourth pair would take 3.3 MB more for each camera of 1080p.
 */
const PAIRS = 3;

/** A pool of at most `pairs` (at least 3) frames; the buffers of each are allocated when they are first needed. */
export function createFramePool(
  { small, full }: Geometry,
  isWhole: boolean,
  pairs: number = PAIRS,
): FramePool {
  const free: FrameBuffers[] = [];
  let allocated = 0;
  const allocate = (): FrameBuffers | undefined => {
    if (allocated === pairs) return undefined;
    allocated++;
    return { small: sharedImage(small), full: isWhole ? sharedImage(full) : { ...emptyImage, ...full } };
  };
  return {
    small,
    full,
    isWhole,
    acquire: () => free.pop() ?? allocate(),
    release: buffers => void free.push(buffers),
  };
}

/** A frame's picture, whose buffers return to the pool at the first `release()`; later calls do nothing. */
export function leased(buffers: FrameBuffers, pool: FramePool): Picture & Pick<Frame, 'isWhole' | 'release'> {
  let released = false;
  return {
    small: buffers.small,
    full: buffers.full,
    scale: fitScale(buffers.full, buffers.small),
    isWhole: pool.isWhole,
    release: () => {
      if (released) return;
      released = true;
      pool.release(buffers);
    },
  };
}

const emptyImage = { format: 'yuv420p', data: new Uint8Array() } as const;

function sharedImage({ width, height }: Size): Image {
  const data = new Uint8Array(new SharedArrayBuffer(imageBytes('yuv420p', width, height)));
  return { format: 'yuv420p', width, height, data };
}
