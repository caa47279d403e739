import { describe, expect, it } from 'vitest';
import { createStreamFacts } from '../../src/ingest/stream-facts.ts';

describe('what a camera says of its stream', () => {
  it.each([
    [
      '  Stream #0:0: Video: h264 (High), 1 reference frame, yuv420p(progressive, left), 1920x1080 (1920x1088) [SAR 1:1 DAR 16:9], 25 fps, 25 tbr, 1200k tbn',
      { codec: 'h264', profile: 'High', size: { width: 1920, height: 1080 }, fps: 25 },
    ],
    [
      '  Stream #0:0[0x1](und): Video: hevc (Main), yuv420p(tv, bt709), 2560x1440, 12.50 fps, 12.50 tbr, 90k tbn',
      { codec: 'hevc', profile: 'Main', size: { width: 2560, height: 1440 }, fps: 12.5 },
    ],
    [
      '  Stream #0:1: Video: mjpeg, yuvj420p, 640x480, 90k tbn',
      { codec: 'mjpeg', size: { width: 640, height: 480 } },
    ],
  ])('is read from the line of its input: %s', (line, facts) => {
    const log = createStreamFacts();
    expect(log.read("Input #0, concat, from 'pipe:0':")).toBeUndefined();
    expect(log.read('  Stream #0:0: Audio: aac, 48000 Hz')).toBeUndefined();
    expect(log.read(line)).toEqual(facts);
  });

  it('is told once, and never taken from an output', () => {
    const log = createStreamFacts();
    const output = '  Stream #0:0: Video: rawvideo (RGB[24]), rgb24, 480x360, 25 fps';
    expect(log.read(output)).toBeUndefined();
    log.read('Input #0, rtsp');
    expect(log.read('  Stream #0:0: Video: h264, yuv420p, 640x360, 25 fps')).toBeDefined();
    expect(log.read(output)).toBeUndefined();
  });
});
