import { type Frame, fitScale, type Image, imageBytes, type Picture } from '../domain/image.ts';

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Room for one frame in both sizes, over shared memory; whoever holds it must release it. */
export interface FrameBuffers {
  readonly small: Image;
  readonly full: Image;
}

/** A fixed number of frame buffers of one geometry. */
export interface FramePool {
  readonly small: Size;
  readonly full: Size;
  /** Buffers that nobody holds, or undefined where all are held. */
  acquire(): FrameBuffers | undefined;
  /** Gives buffers back; a second call for the same lease is the caller's error and is not noticed. */
  release(buffers: FrameBuffers): void;
}

/** Two being written (the next small picture may arrive while the last full one still does), the newest, and one in use. */
const PAIRS = 4;

/** Allocates a pool of `pairs` (at least 3) small rgb24 and full yuv420p images over SharedArrayBuffers. */
export function createFramePool(small: Size, full: Size, pairs = PAIRS): FramePool {
  const free = Array.from({ length: pairs }, () => ({
    small: sharedImage('rgb24', small),
    full: sharedImage('yuv420p', full),
  }));
  return {
    small,
    full,
    acquire: () => free.pop(),
    release: buffers => void free.push(buffers),
  };
}

/** A frame's picture, whose buffers return to the pool at the first `release()`; later calls do nothing. */
export function leased(buffers: FrameBuffers, pool: FramePool): Picture & Pick<Frame, 'release'> {
  let released = false;
  return {
    small: buffers.small,
    full: buffers.full,
    scale: fitScale(buffers.full, buffers.small),
    release: () => {
      if (released) return;
      released = true;
      pool.release(buffers);
    },
  };
}

function sharedImage(format: Image['format'], { width, height }: Size): Image {
  const data = new Uint8Array(new SharedArrayBuffer(imageBytes(format, width, height)));
  return { format, width, height, data };
}
