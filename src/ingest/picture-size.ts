import type { Geometry, Size } from './frame-pool.ts';

/** What ffmpeg's log says of picture sizes. */
export interface PictureSizeLog {
  /** Takes a line; tells of the sizes of the pictures that come out, once, and of every change of the camera's own size. */
  read(line: string): { readonly geometry?: Geometry; readonly changed?: boolean };
}

/** `Stream #1:0: Video: rawvideo (I420 / 0x30323449), yuv420p(tv, progressive), 640x360 [SAR ...`: of output 0 the small pictures, of output 1 the full ones. */
const OUTPUTS = [0, 1].map(
  output => new RegExp(`^\\s*Stream #${output}:0.*: Video: rawvideo\\b.*\\byuv420p\\b.*?, (\\d+)x(\\d+)\\b`),
);
/** `[graph 0 input from stream 0:0 @ 0x5565f56fea00] w:640 h:360 pixfmt:yuv420p ...`, again at each change. */
const INPUT = /^\[graph .*input from stream .*\] w:(\d+) h:(\d+) pixfmt:/;

/**
 * Reads the sizes from the lines that ffmpeg writes at `-v verbose`, which come before the frames they speak of: so no
 * second connection is opened to probe the camera. When the camera's size changes in mid-stream, ffmpeg distorts the
 * new picture to the old size and says nothing else.
 */
export function createPictureSizeLog(): PictureSizeLog {
  let input: Size | undefined;
  const sizes: (Size | undefined)[] = [];
  let isTold = false;
  return {
    read: line => {
      const now = sizeIn(line, INPUT);
      if (now !== undefined) {
        const before = input;
        input = now;
        const changed = before !== undefined && (before.width !== now.width || before.height !== now.height);
        return changed ? { changed } : {};
      }
      for (const [output, pattern] of OUTPUTS.entries()) sizes[output] ??= sizeIn(line, pattern);
      const [small, full] = sizes;
      if (isTold || small === undefined || full === undefined) return {};
      isTold = true;
      return { geometry: { small, full } };
    },
  };
}

function sizeIn(line: string, pattern: RegExp): Size | undefined {
  const match = pattern.exec(line);
  return match === null ? undefined : { width: Number(match[1]), height: Number(match[2]) };
}
