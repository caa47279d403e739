import type { Size } from './frame-pool.ts';

/** What ffmpeg's log says of picture sizes. */
export interface PictureSizeLog {
  /** Takes a line; tells of the size of the full output, once, and of every change of the camera's own size. */
  read(line: string): { readonly full?: Size; readonly changed?: boolean };
}

/** `Stream #1:0: Video: rawvideo (I420 / 0x30323449), yuv420p(tv, progressive), 640x360 [SAR ...` */
const OUTPUT = /^\s*Stream #1:0.*: Video: rawvideo\b.*\byuv420p\b.*?, (\d+)x(\d+)\b/;
/** `[graph 0 input from stream 0:0 @ 0x5565f56fea00] w:640 h:360 pixfmt:yuv420p ...`, again at each change. */
const INPUT = /^\[graph .*input from stream .*\] w:(\d+) h:(\d+) pixfmt:/;

/**
 * Reads the sizes from the lines that ffmpeg writes at `-v verbose`, which come before the frames they speak of: so no
 * second connection is opened to probe the camera. When the camera's size changes in mid-stream, ffmpeg distorts the
 * new picture to the old size and says nothing else.
 */
export function createPictureSizeLog(): PictureSizeLog {
  let input: Size | undefined;
  let full: Size | undefined;
  return {
    read: line => {
      const now = sizeIn(line, INPUT);
      if (now !== undefined) {
        const before = input;
        input = now;
        const changed = before !== undefined && (before.width !== now.width || before.height !== now.height);
        return changed ? { changed } : {};
      }
      if (full !== undefined) return {};
      full = sizeIn(line, OUTPUT);
      return full === undefined ? {} : { full };
    },
  };
}

function sizeIn(line: string, pattern: RegExp): Size | undefined {
  const match = pattern.exec(line);
  return match === null ? undefined : { width: Number(match[1]), height: Number(match[2]) };
}
