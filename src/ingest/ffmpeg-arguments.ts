import ffmpeg from 'fluent-ffmpeg';
import type { CameraConfig } from '../config/schema.ts';

/** Frames per second that a camera delivers: the burst rate, so that the pipeline can go over to it at once; it leaves out frames otherwise. */
export function deliveredFps({ fps, burstFps }: Pick<CameraConfig, 'fps' | 'burstFps'>): number {
  return Math.max(fps, burstFps);
}

/** Numbers of the pipes between ffmpeg and the daemon, besides those that every program has. */
export const PIPES = { light: 1, full: 3, small: 4, list: 5 } as const;

/** What one ffmpeg child is started with. */
export interface FfmpegCommand {
  readonly args: readonly string[];
  /** What it reads on its pipe of that name; an RTSP address stands only here, because argv can be read by everyone. */
  readonly list?: string;
}

/** What the command line depends on besides the camera. */
export interface FfmpegCommandOptions {
  /** Detector input: the size of the small picture. */
  readonly input: { readonly width: number; readonly height: number };
  /** Whether this ffmpeg knows `-fps_mode` (5.1 and later) or only `-vsync`. */
  readonly fpsMode: boolean;
  /** Whether whole pictures come at first, where they come only while they are wanted; absent where they always do. */
  readonly gate?: 'open' | 'closed';
}

/** The line for the standard input of an ffmpeg that was started with a gate: from now on whole pictures come or do not. It is looked at ten times a second. */
export function gateCommand(open: boolean): string {
  return `c${GATE} -1 enable ${open ? 0 : 1}`;
}

/** Lines that ffmpeg writes for every command that it was given. */
export const COMMAND_ECHO = /^(Enter command: |Command reply for stream )/;

const GATE = 'framestep@whole';
const SOCKET_TIMEOUT_MICROS = 5_000_000;
/** Enough to learn the codec, not so much that a second of video piles up before the first frame. */
const PROBE = ['-analyzeduration', '500000', '-probesize', '1000000', '-fpsprobesize', '0'];
/** No `nobuffer`: it throws away what was probed, the key picture with it, and gains nothing once live. */
const LIVE = ['-flags', 'low_delay', ...PROBE];
/** Without one thread each, decoder and rawvideo encoder hold back every frame until later ones have come. */
const ONE_THREAD = ['-threads', '1'];

/**
 * The ffmpeg command that turns `camera.url` into raw streams of pictures, decoded once, yuv420p (BT.601, limited range) with even
 * sides: on `PIPES.full` at most `camera.maxWidth` wide, on `PIPES.small` the same pictures shrunken into `options.input`, both at
 * the burst rate; with a gate while it is open, and the small ones alone at the camera's own rate on `PIPES.light` all the time.
 */
export function ffmpegCommand(camera: CameraConfig, options: FfmpegCommandOptions): FfmpegCommand {
  const source = sourceOf(camera, options.gate !== undefined);
  const output = ['-an', ...ONE_THREAD, options.fpsMode ? '-fps_mode' : '-vsync', 'passthrough'];
  const raw = ['-f', 'rawvideo'];
  const command = ffmpeg()
    .input(source.input)
    // One by one: an array's words would be split at blanks.
    .inputOptions('-hide_banner', '-nostats', '-v', 'verbose', ...ONE_THREAD, '-filter_threads', '1')
    .inputOptions(...decoderOptions(camera), ...source.options)
    .complexFilter(filterGraph(camera, options));
  // Which output is which is told by its place: picture-size.ts reads the sizes of the first two.
  const streams =
    options.gate === undefined ? (['small', 'full'] as const) : (['light', 'full', 'small'] as const);
  for (const stream of streams)
    command.output(`pipe:${PIPES[stream]}`).outputOptions(['-map', `[${stream}]`, ...output, ...raw]);
  const args = (command as unknown as { _getArguments(): string[] })._getArguments();
  return source.list === undefined ? { args } : { args, list: source.list };
}

/** With a hardware decoder, too, pictures come back into system memory by themselves: `-hwaccel_output_format` is not among the options. */
function decoderOptions(camera: CameraConfig): string[] {
  return [...camera.hwaccel, ...(camera.decode === 'keyframes' ? ['-skip_frame', 'nokey'] : [])];
}

interface Source {
  readonly input: string;
  readonly options: readonly string[];
  readonly list?: string;
}

function sourceOf(camera: CameraConfig, isTold: boolean): Source {
  const deaf = isTold ? [] : ['-nostdin'];
  if (camera.url.startsWith('/dev/')) {
    return { input: camera.url, options: [...deaf, ...LIVE, '-f', 'v4l2'] };
  }
  if (camera.url.startsWith('file://')) {
    const path = decodeURIComponent(new URL(camera.url).pathname);
    const loop = camera.loop ? ['-stream_loop', '-1'] : [];
    return { input: path, options: [...deaf, '-protocol_whitelist', 'file', '-re', ...loop] };
  }
  const protocols = 'async,pipe,fd,rtsp,rtp,tcp,udp,tls,crypto';
  return {
    // With an input whose name begins with `pipe:` ffmpeg would not listen to commands.
    input: `${isTold ? 'async:' : ''}pipe:${PIPES.list}`,
    options: [...deaf, ...LIVE, '-f', 'concat', '-safe', '0', '-protocol_whitelist', protocols],
    list: concatList(camera),
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
 * `fast_bilinear` here and does not alias; yuv420p costs a third of rgb24. The gate is a filter that lets one picture in 2^31
 * through, of all of ffmpeg's the one that both drops pictures and can be switched while it runs; before `select`, so that the first picture
 * after its opening is not waited for.
 */
function filterGraph(camera: CameraConfig, { input, gate }: FfmpegCommandOptions): string {
  const due = (fps: number) => {
    const interval = Number((0.95 / fps).toFixed(4));
    return `select='isnan(prev_selected_t)+isnan(t)+gte(t-prev_selected_t,${interval})+lt(t,prev_selected_t)'`;
  };
  const colours = 'out_color_matrix=bt601:out_range=tv';
  const box = `${input.width}:${input.height}:force_original_aspect_ratio=decrease:force_divisible_by=2`;
  const shrink = `scale=${box}:flags=area:${colours},format=yuv420p`;
  const width = `2*trunc(min(iw,${camera.maxWidth})/2)`;
  const whole = [
    `${due(deliveredFps(camera))},split=2[a][b]`,
    `[a]${shrink}[small]`,
    `[b]scale=w='${width}':h=-2:flags=area:${colours},format=yuv420p[full]`,
  ].join(';');
  if (gate === undefined) return `[0:v]${whole}`;
  const step = `${GATE}=step=2147483647:enable=${gate === 'open' ? 0 : 1}`;
  return `[0:v]split=2[c][d];[c]${due(camera.fps)},${shrink}[light];[d]${step},${whole}`;
}
