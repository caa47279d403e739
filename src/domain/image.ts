/** `rgb24`: interleaved R,G,B bytes, row-major. `yuv420p`: planes Y, U, V (BT.601 limited range), chroma halved (rounded up) in both directions. */
export type PixelFormat = 'rgb24' | 'yuv420p';

/** Pixels without padding; `data` may lie over a SharedArrayBuffer so that a worker reads it without a copy. */
export interface Image {
  readonly format: PixelFormat;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * One scene in two sizes. `small` is `full` scaled by `scale` (small px per full px) until it fits into the detector's
 * input. All boxes and landmarks that leave the engine are in pixels of `full`.
 */
export interface Picture {
  readonly small: Image;
  readonly full: Image;
  readonly scale: number;
}

/** A picture that a camera took. Its buffers are leased: call `release()` exactly once when done. */
export interface Frame extends Picture {
  readonly cameraId: string;
  /** Grows by one per frame of a camera, also across restarts of its decoder. */
  readonly sequence: number;
  /** Milliseconds since the epoch, stamped once when the whole frame had arrived. */
  readonly capturedAt: number;
  /** Whether the pixels of `full` came along. Where they did not, only its size may be used: its `data` is empty. */
  readonly isWhole: boolean;
  release(): void;
}

/** Whether any frame will do, or one in more detail is wanted: whole, and of the larger stream where there are two. */
export type FrameWanted = 'any' | 'detail';

/** A face of a picture, cut out when it is first asked for; nothing where the picture was given back before that. */
export type FaceCrop = () => Image | undefined;

/** Bytes of an image of this format and size. */
export function imageBytes(format: PixelFormat, width: number, height: number): number {
  if (format === 'rgb24') return width * height * 3;
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}

/** The scale (small px per full px) that fits an image into the detector's input, keeping its aspect; never enlarges beyond the input. */
export function fitScale(
  full: { width: number; height: number },
  small: { width: number; height: number },
): number {
  return Math.min(small.width / full.width, small.height / full.height);
}
