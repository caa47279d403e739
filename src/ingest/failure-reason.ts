import type { CameraReason } from '../domain/camera.ts';

/** How an ffmpeg run came to its end. */
export interface RunEnd {
  readonly source: 'rtsp' | 'device' | 'file';
  /** Whether a frame had arrived. */
  readonly live: boolean;
  /** Reasons that lines on stderr gave, see `reasonOfLine`. */
  readonly hints: ReadonlySet<StderrHint>;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why we ended it, if we did. */
  readonly endedBy?: 'stall' | 'picture_size_changed';
  /** Whether the program could not be started at all. */
  readonly spawnFailed?: boolean;
}

/** What a line on ffmpeg's stderr says about a failure. */
export type StderrHint =
  | 'ffmpeg_missing'
  | 'auth_failed'
  | 'path_not_found'
  | 'transport_unsupported'
  | 'refused'
  | 'dns'
  | 'timed_out'
  | 'unreachable'
  | 'unopenable'
  | 'no_video'
  | 'invalid_data';

/** First match wins, in a line and among the lines of a run: what the camera answered comes before what ffmpeg made of it. */
const HINTS: readonly (readonly [StderrHint, RegExp])[] = [
  ['ffmpeg_missing', /^setpriv: failed to execute/],
  ['auth_failed', /\b401 Unauthorized|\b403 Forbidden/],
  ['path_not_found', /\b404 Not Found|\b454 Session Not Found/],
  ['transport_unsupported', /\b461 Unsupported Transport/i],
  ['refused', /Connection refused/],
  ['dns', /Failed to resolve hostname|Port missing in uri/],
  ['unreachable', /No route to host|(Network|Host) is unreachable|Operation not permitted/],
  ['timed_out', /timed out/],
  ['no_video', /does not contain any stream|matches no streams/],
  ['unopenable', /No such file or directory|No such device|Permission denied|Device or resource busy/],
  ['invalid_data', /Invalid data found|Server returned [45]/],
];

/** The sentence that tells an operator what each reason means and what to do. */
export const REASON_MESSAGES: Readonly<Record<CameraReason, string>> = {
  auth_failed: 'The camera refuses the user name or password: correct them in its url.',
  path_not_found: 'The camera has no stream at this path: correct the path in its url.',
  transport_unsupported: 'The camera does not offer this transport: set "transport" to the other one.',
  refused: 'Nothing listens at the address and port of the camera: check both, and that RTSP is switched on.',
  dns: "The camera's host name cannot be resolved: check the name, or use its IP address.",
  unreachable: 'The camera does not answer: check its power, its cable and its address.',
  stalled: 'The camera stopped sending pictures; the connection timed out.',
  no_video:
    "The stream holds no video that can be decoded: choose another path, or another codec in the camera's settings.",
  not_rtsp_or_silent:
    'Something answers at this address but sends no picture: check that it is the RTSP port.',
  no_device: 'The video device cannot be opened: check that it exists, is free and may be read.',
  no_file: 'The video file cannot be opened: check that it exists, may be read and is a video.',
  ffmpeg_missing: 'ffmpeg could not be started: install it (apt-get install -y ffmpeg).',
  camera_closed: 'The camera ended the stream.',
  size_changed: 'The camera changed the size of its picture; the decoder was started again for the new size.',
  end_of_file: 'The video file has been played to its end.',
  stalled_killed: 'The camera stopped sending pictures although it stayed connected; the decoder was ended.',
  decoder_crashed: 'The decoder (ffmpeg) ended unexpectedly; its last lines are in the log.',
};

/** What a line says about a failure, or undefined for most lines. */
export function hintOfLine(line: string): StderrHint | undefined {
  return HINTS.find(([, pattern]) => pattern.test(line))?.[0];
}

/** Why a run ended. Exit codes say little: a camera that closes, resets or times out leaves 0. */
export function reasonOfEnd(end: RunEnd): CameraReason {
  if (end.spawnFailed) return 'ffmpeg_missing';
  const hint = HINTS.map(([name]) => name).find(name => end.hints.has(name));
  // Once pictures came, only these can still be why they stopped; the rest are complaints about damaged data.
  if (end.live) return hint === 'timed_out' ? 'stalled' : reasonWithoutHint(end);
  switch (hint) {
    case undefined:
      return reasonWithoutHint(end);
    case 'timed_out':
      return 'unreachable';
    case 'unopenable':
      return unopenable(end);
    case 'invalid_data':
      return end.source === 'rtsp' ? 'not_rtsp_or_silent' : unopenable(end);
    default:
      return hint;
  }
}

function reasonWithoutHint(end: RunEnd): CameraReason {
  if (end.endedBy === 'picture_size_changed') return 'size_changed';
  if (end.endedBy === 'stall') return end.live ? 'stalled_killed' : 'not_rtsp_or_silent';
  if (end.signal !== null) return 'decoder_crashed';
  if (end.exitCode !== 0) return end.live ? 'decoder_crashed' : reasonOfSilentFailure(end);
  return end.source === 'file' ? 'end_of_file' : 'camera_closed';
}

function reasonOfSilentFailure(end: RunEnd): CameraReason {
  return end.source === 'rtsp' ? 'decoder_crashed' : unopenable(end);
}

function unopenable(end: RunEnd): CameraReason {
  if (end.source === 'device') return 'no_device';
  return end.source === 'file' ? 'no_file' : 'not_rtsp_or_silent';
}
