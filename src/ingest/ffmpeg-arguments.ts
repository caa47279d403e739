import ffmpeg from 'fluent-ffmpeg';
import type { CameraConfig } from '../config/schema.ts';

/** Frames per second that a camera delivers: the burst rate, so that the pipeline can go over to it at once; it leaves out frames otherwise. */
export function deliveredFps({ fps, burstFps }: Pick<CameraConfig, 'fps' | 'burstFps'>): number {
  return Math.max(fps, burstFps);
}

/** What one ffmpeg child is started with. */
export interface FfmpegCommand {
  readonly args: readonly string[];
  /** What it reads on standard input; an RTSP address stands only here, because argv can be read by everyone. */
  readonly stdin?: string;
}

/** What the command line depends on besides the camera. */
export interface FfmpegCommandOptions {
  /** Detector input: the size of the small picture. */
  readonly input: { readonly width: number; readonly height: number };
  /** Whether this ffmpeg knows `-fps_mode` (5.1 and later) or only `-vsync`. */
  readonly fpsMode: boolean;
}

const SOCKET_TIMEOUT_MICROS = 5_000_000;
/** Enough to learn the codec, not so much that a second of video piles up before the first frame. */
const PROBE = ['-analyzeduration', '500000', '-probesize', '1000000', '-fpsprobesize', '0'];
/** No `nobuffer`: it throws away what was probed, the key picture with it, and gains nothing once live. */
const LIVE = ['-flags', 'low_delay', ...PROBE];
/** Without one thread each, decoder and rawvideo encoder hold back every frame until later ones have come. */
const ONE_THREAD = ['-threads', '1'];

/**
 * The ffmpeg command that turns `camera.url` into two raw streams of the same pictures, decoded once:
 * `pipe:1` rgb24 of `options.input`'s size (the picture in the top-left corner, the rest black) and
 * `pipe:3` yuv420p (BT.601, limited range) at most `camera.maxWidth` wide, with even sides.
 */
export function ffmpegCommand(camera: CameraConfig, options: FfmpegCommandOptions): FfmpegCommand {
  const source = sourceOf(camera);
  const output = ['-an', ...ONE_THREAD, options.fpsMode ? '-fps_mode' : '-vsync', 'passthrough'];
  const raw = ['-f', 'rawvideo'];
  const command = ffmpeg()
    .input(source.input)
    // One by one: an array's words would be split at blanks.
    .inputOptions('-hide_banner', '-nostats', '-v', 'verbose', ...ONE_THREAD, '-filter_threads', '1')
    .inputOptions(...decoderOptions(camera), ...source.options)
    .complexFilter(filterGraph(camera, options.input))
    .output('pipe:1')
    .outputOptions(['-map', '[small]', ...output, ...raw])
    .output('pipe:3')
    .outputOptions(['-map', '[full]', ...output, ...raw]);
  const args = (command as unknown as { _getArguments(): string[] })._getArguments();
  return source.stdin === undefined ? { args } : { args, stdin: source.stdin };
}

/** With a hardware decoder, too, pictures come back into system memory by themselves: `-hwaccel_output_format` is not among the options. */
function decoderOptions(camera: CameraConfig): string[] {
  return [...camera.hwaccel, ...(camera.decode === 'keyframes' ? ['-skip_frame', 'nokey'] : [])];
}

interface Source {
  readonly input: string;
  readonly options: readonly string[];
  readonly stdin?: string;
}

function sourceOf(camera: CameraConfig): Source {
  if (camera.url.startsWith('/dev/')) {
    return { input: camera.url, options: ['-nostdin', ...LIVE, '-f', 'v4l2'] };
  }
  if (camera.url.startsWith('file://')) {
    const path = decodeURIComponent(new URL(camera.url).pathname);
    const loop = camera.loop ? ['-stream_loop', '-1'] : [];
    return { input: path, options: ['-nostdin', '-protocol_whitelist', 'file', '-re', ...loop] };
  }
  const protocols = 'pipe,fd,rtsp,rtp,tcp,udp,tls,crypto';
  return {
    input: 'pipe:0',
    options: [...LIVE, '-f', 'concat', '-safe', '0', '-protocol_whitelist', protocols],
    stdin: concatList(camera),
  };
}

/** A list for ffmpeg's concat demuxer with the camera as its one entry. */
function concatList(camera: CameraConfig): string {
  const lines = [
    'ffconcat version 1.0',
    `file '${quotable(camera.url)}'`,
    `option rtsp_transport ${camera.transport}`,
    'option allowed_media_types video',
    `option timeout ${SOCKET_TIMEOUT_MICROS}`,
    'option analyzeduration 500000',
    'option probesize 1000000',
  ];
  return `${lines.join('\n')}\n`;
}

/** The address for use between single quotes on one line: a quote ends, escapes and reopens the string; control characters could begin another line. */
function quotable(url: string): string {
  return url.replaceAll("'", "'\\''").replace(/\p{Cc}/gu, encodeURIComponent);
}

/**
 * `select` rather than `fps`, which waits for the next frame and repeats old ones. The interval is 5 % short so that
 * jitter does not cost every second frame; a clock that jumps back starts it anew. `area` costs no more than
 * `fast_bilinear` here and does not alias.
 */
function filterGraph(camera: CameraConfig, input: { width: number; height: number }): string {
  const interval = Number((0.95 / deliveredFps(camera)).toFixed(4));
  const due = `isnan(prev_selected_t)+isnan(t)+gte(t-prev_selected_t,${interval})+lt(t,prev_selected_t)`;
  const box = `${input.width}:${input.height}`;
  const width = `2*trunc(min(iw,${camera.maxWidth})/2)`;
  return [
    `[0:v]select='${due}',split=2[a][b]`,
    `[a]scale=${box}:flags=area:force_original_aspect_ratio=decrease,format=rgb24,pad=${box}:0:0:black[small]`,
    `[b]scale=w='${width}':h=-2:flags=area:out_color_matrix=bt601:out_range=tv,format=yuv420p[full]`,
  ].join(';');
}
