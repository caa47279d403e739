import type { CameraReason } from '../domain/camera.ts';

/** What ffmpeg's log says of its input and its decoder. */
export interface DecoderLog {
  /** Takes a line; tells whether it complains of the decoder, and so says nothing of the camera whatever its words. */
  read(line: string): boolean;
  /** Whether the camera had been reached and had told its codec. */
  readonly opened: boolean;
  /** Whether a decoder or its device could not be used. */
  readonly refused: boolean;
}

const OPENED = /^Input #0, /;
/** `Device creation failed: -1.`, `Error while opening decoder for input stream #0:0 : Operation not permitted` and the like. */
const REFUSED =
  /Unknown decoder|Unrecognized hwaccel|Device creation failed|Device setup failed for decoder|No device available for decoder|Error while opening decoder|Failed to set value .* for option|Error parsing global options/;

/** Reads the lines of one ffmpeg run. */
export function createDecoderLog(): DecoderLog {
  let opened = false;
  let refused = false;
  return {
    read: line => {
      opened ||= OPENED.test(line);
      const complains = REFUSED.test(line);
      refused ||= complains;
      return complains;
    },
    get opened() {
      return opened;
    },
    get refused() {
      return refused;
    },
  };
}

/** What the camera or the network answered, whatever the decoder. */
const ANSWERS: readonly CameraReason[] = [
  'auth_failed',
  'path_not_found',
  'transport_unsupported',
  'refused',
  'dns',
  'unreachable',
  'no_video',
  'ffmpeg_missing',
  'size_changed',
];

/**
 * Whether the decoder may be why a run ended without a picture: it was refused, or ffmpeg crashed, or the camera had
 * been reached and then nothing came (a decoder of the wrong kind takes the stream in and gives nothing, for ever).
 */
export function mayBeDecoder(end: {
  readonly reason: CameraReason;
  readonly live: boolean;
  readonly opened: boolean;
  readonly refused: boolean;
}): boolean {
  if (end.live) return false;
  if (end.refused) return true;
  return !ANSWERS.includes(end.reason) && (end.opened || end.reason === 'decoder_crashed');
}
