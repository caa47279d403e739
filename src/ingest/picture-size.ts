import type { Size } from './frame-pool.ts';

/** What ffmpeg's log says of picture sizes. */
export interface PictureSizeLog {
  /** Takes a line; tells of the size of the full output, once, and of every change of the camera's own size. */
  read(line: string): { readonly full?: Size; readonly changed?: boolean };
}

const SIZE = String.raw`(\d+)x(\d+)\b`;
const OUTPUT = new RegExp(String.raw`^\s*Stream #1:0.*: Video: rawvideo\b.*\byuv420p\b.*?, ${SIZE}`);
const INPUT = new RegExp(String.raw`^\s*Stream #0:\d+.*: Video: .*?, ${SIZE}`);
/** ffmpeg 5 and 6 say the former, 7 and later the latter. */
const CHANGED = new RegExp(`frame changed from size:.* to size:${SIZE}|parameters changed to .*?, ${SIZE}`);

/**
 * Reads the sizes from the lines that ffmpeg writes at `-v info`, which come before the first frame: so no second
 * connection is opened to probe the camera.
 */
export function createPictureSizeLog(): PictureSizeLog {
  let input: Size | undefined;
  let full: Size | undefined;
  return {
    read: line => {
      input ??= sizeIn(line, INPUT);
      if (full === undefined) {
        full = sizeIn(line, OUTPUT);
        return full === undefined ? {} : { full };
      }
      const now = sizeIn(line, CHANGED);
      if (now === undefined) return {};
      const changed = now.width !== input?.width || now.height !== input.height;
      return changed ? { changed } : {};
    },
  };
}

function sizeIn(line: string, pattern: RegExp): Size | undefined {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  return { width: Number(match[1] ?? match[3]), height: Number(match[2] ?? match[4]) };
}
