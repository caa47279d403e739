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

/**
 * One being written, the newest, and one in use. Where the next small picture arrives while the last full one still does, the newest
 * that nobody has taken yet makes room; a fourth pair would take 3.6 MB more for each camera of 1080p.
 */
const PAIRS = 3;

/** A pool of at most `pairs` (at least 3) small rgb24 and full yuv420p images over SharedArrayBuffers; each is allocated when it is first needed. */
export function createFramePool(small: Size, full: Size, pairs = PAIRS): FramePool {
  const free: FrameBuffers[] = [];
  let allocated = 0;
  const allocate = (): FrameBuffers | undefined => {
    if (allocated === pairs) return undefined;
    allocated++;
    return { small: sharedImage('rgb24', small), full: sharedImage('yuv420p', full) };
  };
  return {
    small,
    full,
    acquire: () => free.pop() ?? allocate(),
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
