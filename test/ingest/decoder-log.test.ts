import { describe, expect, it } from 'vitest';
import type { CameraReason } from '../../src/domain/camera.ts';
import { createDecoderLog, mayBeDecoder } from '../../src/ingest/decoder-log.ts';

describe('the log of a decoder', () => {
  it.each([
    ['of ffmpeg 5.1 without the device', 'Device creation failed: -542398533.'],
    [
      'that names a reason as a network would',
      'Device setup failed for decoder on input stream #0:0 : Operation not permitted',
    ],
    [
      'of a decoder for other hardware',
      'Error while opening decoder for input stream #0:0 : Operation not permitted',
    ],
    [
      'of a device that is not there',
      "Failed to set value 'drm=x:/dev/dri/renderD128' for option 'init_hw_device': No such file or directory",
    ],
    ['of a decoder that nobody knows', "Unknown decoder 'nosuchdecoder'"],
    [
      'of ffmpeg 7',
      '[vist#0:0/h264 @ 0x55] [dec:h264 @ 0x56] No device available for decoder: device type cuda needed for codec h264.',
    ],
  ])('%s complains of the decoder, not of the camera', (_, line) => {
    const log = createDecoderLog();
    expect(log.read(line)).toBe(true);
    expect(log.refused).toBe(true);
  });

  it('tells that the camera was reached', () => {
    const log = createDecoderLog();
    expect(log.read('[rtsp @ 0x55] method DESCRIBE failed: 401 Unauthorized')).toBe(false);
    expect(log.opened).toBe(false);
    expect(log.read("Input #0, concat, from 'pipe:0':")).toBe(false);
    expect({ opened: log.opened, refused: log.refused }).toEqual({ opened: true, refused: false });
  });
});

describe('the decoder', () => {
  const end = (reason: CameraReason, rest: { live?: boolean; opened?: boolean; refused?: boolean }) =>
    mayBeDecoder({ reason, live: false, opened: false, refused: false, ...rest });

  it.each([
    'auth_failed',
    'path_not_found',
    'transport_unsupported',
    'refused',
    'dns',
    'unreachable',
    'no_video',
    'ffmpeg_missing',
  ] as const)('is not why a camera ends with %s', reason => {
    expect(end(reason, {})).toBe(false);
    expect(end(reason, { opened: true })).toBe(false);
  });

  it.each([
    ['was refused', 'no_file', { refused: true }],
    ['crashed', 'decoder_crashed', {}],
    ['took the stream in and gave nothing', 'not_rtsp_or_silent', { opened: true }],
    ['played a file to its end without a picture', 'end_of_file', { opened: true }],
  ] as const)('may be why there is no picture where it %s', (_, reason, rest) => {
    expect(end(reason, rest)).toBe(true);
    expect(end(reason, { ...rest, live: true })).toBe(false);
  });

  it.each(['not_rtsp_or_silent', 'no_file', 'no_device', 'camera_closed'] as const)(
    'is not why there is no picture where the camera was never reached: %s',
    reason => {
      expect(end(reason, {})).toBe(false);
    },
  );
});
