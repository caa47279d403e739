import { describe, expect, it } from 'vitest';
import { createPictureSizeLog } from '../../src/ingest/picture-size.ts';

const SMALL =
  '  Stream #0:0: Video: rawvideo (I420 / 0x30323449), yuv420p(tv, smpte170m/unknown/unknown, progressive), 480x270 [SAR 1:1 DAR 16:9], q=2-31';
const graph = (size: string) =>
  `[graph 0 input from stream 0:0 @ 0x5565f56fea00] ${size} pixfmt:yuv420p tb:1/90000 fr:25/1 sar:1/1`;

describe('the sizes in the log of ffmpeg', () => {
  it.each([
    '  Stream #1:0: Video: rawvideo (I420 / 0x30323449), yuv420p(tv, progressive), 1920x1080 [SAR 1:1 DAR 16:9], q=2-31, 25 fps',
    '  Stream #1:0: Video: rawvideo, 1 reference frame (I420 / 0x30323449), yuv420p(tv, bt470bg/bt709/unknown, progressive, left), 1920x1080 (0x0) [SAR 1:1 DAR 16:9], q=2-31',
    '  Stream #1:0(und): Video: rawvideo (I420 / 0x30323449), yuv420p, 1920x1080, q=2-31',
  ])('tell the sizes of the two outputs: %s', line => {
    const sizes = createPictureSizeLog();
    expect(sizes.read(SMALL)).toEqual({});
    const geometry = { small: { width: 480, height: 270 }, full: { width: 1920, height: 1080 } };
    expect(sizes.read(line)).toEqual({ geometry });
    expect(sizes.read(line)).toEqual({});
  });

  it('are not taken from the input or from a third output', () => {
    const sizes = createPictureSizeLog();
    for (const line of [
      '  Stream #0:0: Video: h264 (High), yuv420p(progressive), 640x360 [SAR 1:1 DAR 16:9], 25 fps',
      SMALL,
      '  format:default -> Stream #1:0 (rawvideo)',
      SMALL.replace('#0:0', '#2:0'),
    ]) {
      expect(sizes.read(line)).toEqual({});
    }
  });

  it('tell of a change, not of a filter graph that is built again for the same size', () => {
    const sizes = createPictureSizeLog();
    expect(sizes.read(graph('w:640 h:360'))).toEqual({});
    expect(sizes.read(graph('w:640 h:360'))).toEqual({});
    expect(sizes.read(graph('w:320 h:240'))).toEqual({ changed: true });
    expect(sizes.read(graph('w:640 h:360'))).toEqual({ changed: true });
  });
});
