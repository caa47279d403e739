import type { Size } from './frame-pool.ts';

/** What a camera says of its stream. */
export interface StreamFacts {
  /** As ffmpeg names it: h264, hevc, mjpeg. */
  readonly codec: string;
  /** As High or Main, where the codec has such. */
  readonly profile?: string;
  readonly size?: Size;
  /** Frames per second that the stream declares. */
  readonly fps?: number;
}

const INPUT = /^Input #0, /;
/** `Stream #0:0: Video: h264 (High), 1 reference frame, yuv420p(progressive, left), 1920x1080, 25 fps, 25 tbr, 90k tbn` */
const VIDEO = /^\s*Stream #0:\d+.*?: Video: (\w+)(?: \(([\w ]+)\))?/;

/** Reads the first video stream of the input from the lines of one ffmpeg run; answers once, where it has found it. */
export function createStreamFacts(): { read(line: string): StreamFacts | undefined } {
  let state: 'before' | 'input' | 'told' = 'before';
  return {
    read: line => {
      if (state === 'before' && INPUT.test(line)) state = 'input';
      const match = state === 'input' ? VIDEO.exec(line) : null;
      if (match === null) return undefined;
      state = 'told';
      const [, codec, profile] = match;
      const size = /, (\d{2,5})x(\d{2,5})[ ,]/.exec(line);
      const fps = /, ([\d.]+) fps/.exec(line)?.[1];
      return {
        codec: codec!,
        ...(profile && { profile }),
        ...(size && { size: { width: Number(size[1]), height: Number(size[2]) } }),
        ...(fps && { fps: Number(fps) }),
      };
    },
  };
}
