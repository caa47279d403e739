import { describe, expect, it } from 'vitest';
import { ffmpegCommand, gateCommand } from '../../src/ingest/ffmpeg-arguments.ts';
import { cameraConfig } from './watched-camera.ts';

const OPTIONS = { input: { width: 480, height: 360 }, fpsMode: true };

const START = '-hide_banner -nostats -v verbose -threads 1 -filter_threads 1';
const LIVE = '-flags low_delay -analyzeduration 500000 -probesize 1000000 -fpsprobesize 0';
const CONCAT =
  '-nostdin LIVE -f concat -safe 0 -protocol_whitelist async,pipe,fd,rtsp,rtp,tcp,udp,tls,crypto -i pipe:5'.replace(
    'LIVE',
    LIVE,
  );
const output = (name: string, pipe: number) =>
  `-map [${name}] -an -threads 1 -fps_mode passthrough -f rawvideo pipe:${pipe}`;
const OUTPUTS = `${output('small', 4)} ${output('full', 3)}`;

const select = (interval: number) =>
  `select='isnan(prev_selected_t)+isnan(t)+gte(t-prev_selected_t,${interval})+lt(t,prev_selected_t)'`;
const SHRINK =
  'scale=480:360:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=area:' +
  'out_color_matrix=bt601:out_range=tv,format=yuv420p';
const whole = (interval: number, maxWidth: number) =>
  `${select(interval)},split=2[a][b];[a]${SHRINK}[small];` +
  `[b]scale=w='2*trunc(min(iw,${maxWidth})/2)':h=-2:flags=area:out_color_matrix=bt601:out_range=tv,` +
  'format=yuv420p[full]';
const graph = (interval: number, maxWidth: number) => `-filter_complex [0:v]${whole(interval, maxWidth)}`;

function list(address: string, transport = 'tcp'): string {
  return [
    'ffconcat version 1.0',
    `file '${address}'`,
    `option rtsp_transport ${transport}`,
    'option allowed_media_types video',
    'option timeout 5000000',
    'option analyzeduration 500000',
    'option probesize 1000000',
    '',
  ].join('\n');
}

describe('the ffmpeg command', () => {
  it.each([
    [
      'a camera by RTSP',
      { url: 'rtsp://cam:pw@10.0.0.7/live' },
      `${START} ${CONCAT} ${graph(0.19, 1920)} ${OUTPUTS}`,
      list('rtsp://cam:pw@10.0.0.7/live'),
    ],
    [
      'a camera by RTSP over UDP, at another rate and width',
      { url: 'rtsp://10.0.0.7/live', transport: 'udp' as const, fps: 12.5, maxWidth: 1280 },
      `${START} ${CONCAT} ${graph(0.076, 1280)} ${OUTPUTS}`,
      list('rtsp://10.0.0.7/live', 'udp'),
    ],
    [
      'a camera by RTSP over TLS',
      { url: 'rtsps://10.0.0.7:322/live' },
      `${START} ${CONCAT} ${graph(0.19, 1920)} ${OUTPUTS}`,
      list('rtsps://10.0.0.7:322/live'),
    ],
    [
      'a video device',
      { url: '/dev/video2' },
      `${START} -nostdin ${LIVE} -f v4l2 -i /dev/video2 ${graph(0.19, 1920)} ${OUTPUTS}`,
      undefined,
    ],
    [
      'a file, at its own pace',
      { url: 'file:///srv/a%20film.mp4' },
      `${START} -nostdin -protocol_whitelist file -re -i /srv/a film.mp4 ${graph(0.19, 1920)} ${OUTPUTS}`,
      undefined,
    ],
    [
      'a file, again and again',
      { url: 'file:///srv/film.mp4', loop: true },
      `${START} -nostdin -protocol_whitelist file -re -stream_loop -1 -i /srv/film.mp4 ` +
        `${graph(0.19, 1920)} ${OUTPUTS}`,
      undefined,
    ],
  ])('for %s is exactly this', (_, camera, line, addresses) => {
    const command = ffmpegCommand(cameraConfig(camera), OPTIONS);
    expect(command.args.join(' ')).toBe(line);
    expect(command.list).toBe(addresses);
  });

  it.each([
    ['open', 0],
    ['closed', 1],
  ] as const)(
    'with a gate that is %s gives light pictures all the time and listens to commands',
    (gate, dropping) => {
      const camera = cameraConfig({ url: 'rtsp://10.0.0.7/live', fps: 4, burstFps: 10 });
      const { args } = ffmpegCommand(camera, { ...OPTIONS, gate });
      const line = args.join(' ');
      expect(line).not.toContain('-nostdin');
      expect(line).toContain('-i async:pipe:5 ');
      const graph =
        `[0:v]split=2[c][d];[c]${select(0.2375)},${SHRINK}[light];` +
        `[d]framestep@whole=step=2147483647:enable=${dropping},${whole(0.095, 1920)}`;
      const outputs = [output('light', 1), output('full', 3), output('small', 4)];
      expect(line.split(' -filter_complex ')[1]).toBe([graph, ...outputs].join(' '));
      expect(gateCommand(gate === 'open')).toBe(`cframestep@whole -1 enable ${dropping}`);
    },
  );

  it('asks for key pictures only, and for a hardware decoder, before the input', () => {
    const hwaccel = ['-hwaccel', 'vaapi', '-hwaccel_device', '/dev/dri/a card'];
    const camera = cameraConfig({ url: '/dev/video2', decode: 'keyframes', hwaccel });
    const { args } = ffmpegCommand(camera, OPTIONS);
    const started = START.split(' ');
    expect(args.slice(started.length, args.indexOf('-i'))).toEqual([
      ...hwaccel,
      ...['-skip_frame', 'nokey'],
      ...`-nostdin ${LIVE} -f v4l2`.split(' '),
    ]);
  });

  it.each([
    ['h264_v4l2m2m, as on small boards', ['-c:v', 'h264_v4l2m2m']],
    ['a device by name', ['-init_hw_device', 'vaapi=card:/dev/dri/renderD129', '-hwaccel', 'vaapi']],
  ])('passes %s on as it stands', (_, hwaccel) => {
    const camera = cameraConfig({ url: 'rtsp://10.0.0.7/live', hwaccel });
    expect(ffmpegCommand(camera, OPTIONS).args.join(' ')).toBe(
      `${START} ${hwaccel.join(' ')} ${CONCAT} ${graph(0.19, 1920)} ${OUTPUTS}`,
    );
  });

  it.each([
    [5, 10, 0.095],
    [12.5, 10, 0.076],
  ])('delivers the faster of %d and %d frames a second, for bursts', (fps, burstFps, interval) => {
    const { args } = ffmpegCommand(cameraConfig({ url: '/dev/video2', fps, burstFps }), OPTIONS);
    expect(args.join(' ')).toContain(graph(interval, 1920));
  });

  it('passes a file with blanks in its name as one argument', () => {
    const { args } = ffmpegCommand(cameraConfig({ url: 'file:///srv/a%20long%20film.mp4' }), OPTIONS);
    expect(args[args.indexOf('-i') + 1]).toBe('/srv/a long film.mp4');
  });

  it('says -vsync to an ffmpeg that does not know -fps_mode', () => {
    const camera = cameraConfig({ url: 'rtsp://10.0.0.7/live' });
    const { args } = ffmpegCommand(camera, { ...OPTIONS, fpsMode: false });
    expect(args.filter(word => word === '-vsync')).toHaveLength(2);
    expect(args).not.toContain('-fps_mode');
  });

  it('lets no address leave its line or its quotes in the list', () => {
    const url = "rtsp://cam:it's\noption safe 0@10.0.0.7/live";
    const { list: text } = ffmpegCommand(cameraConfig({ url }), OPTIONS);
    expect(text).toBe(list("rtsp://cam:it'\\''s%0Aoption safe 0@10.0.0.7/live"));
  });
});
