import { execFile, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CameraConfig } from '../config/schema.ts';
import { FacegateError } from '../domain/errors.ts';
import { ffmpegCommand } from './ffmpeg-arguments.ts';
import type { Ffmpeg } from './ffmpeg-locator.ts';
import type { Size } from './frame-pool.ts';

/** Frames per second of the made-up camera, and its length. */
const FPS = 25;
const SECONDS = 4;
/** Each second: 4 Mbit/s at 1080p. */
const BITS_PER_PIXEL = 2;
const DEADLINE_MS = 120_000;
/** `bench: utime=0.512s stime=0.020s rtime=0.270s` */
const CPU_TIME = /bench: utime=([\d.]+)s stime=([\d.]+)s/;

/**
 * CPU milliseconds that one second of a camera of this size (H.264, 25 frames a second, made up in the folder `dir`) costs in ffmpeg, with the
 * options and filters of the daemon. Throws `internal` where this ffmpeg cannot make such a video.
 */
export async function measureDecoding(options: {
  readonly ffmpeg: Ffmpeg;
  readonly camera: CameraConfig;
  readonly size: Size;
  readonly input: Size;
  readonly dir: string;
}): Promise<number> {
  const { ffmpeg, camera, size, input, dir } = options;
  const clip = join(dir, `${size.width}x${size.height}.mp4`);
  await makeClip(ffmpeg, size, clip);
  const { args } = ffmpegCommand({ ...camera, url: `file://${clip}` }, { input, fpsMode: ffmpeg.fpsMode });
  // As fast as it can, and with the time that it took in the end.
  const text = await complaintsOf(ffmpeg, ['-benchmark', ...args.filter(argument => argument !== '-re')]);
  const [, user, system] = CPU_TIME.exec(text) ?? [];
  if (user === undefined || system === undefined)
    throw new FacegateError('internal', 'ffmpeg did not say how long decoding took: run "facegate doctor".');
  return ((Number(user) + Number(system)) * 1000) / SECONDS;
}

async function makeClip({ file }: Ffmpeg, { width, height }: Size, clip: string): Promise<void> {
  // Noise and a fixed bit rate, as cameras have them: a clean test picture decodes in a quarter of the time.
  const source = `testsrc2=size=${width}x${height}:rate=${FPS},noise=alls=10:allf=t`;
  const bitRate = String(BITS_PER_PIXEL * width * height);
  const input = ['-f', 'lavfi', '-i', source, '-t', String(SECONDS)];
  const rate = ['-b:v', bitRate, '-maxrate', bitRate, '-bufsize', bitRate];
  const coded = [
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    ...rate,
    '-g',
    String(FPS),
    '-pix_fmt',
    'yuv420p',
    '-y',
    clip,
  ];
  await promisify(execFile)(file, ['-v', 'error', ...input, ...coded], {
    timeout: DEADLINE_MS,
    env: {},
  }).catch(cause => {
    throw new FacegateError(
      'internal',
      'ffmpeg cannot make a video to measure with: it needs the encoder libx264 (that of Debian has it).',
      { cause },
    );
  });
}

/** All of standard error of a run that went well; every output goes to nowhere. */
async function complaintsOf({ file }: Ffmpeg, args: readonly string[]): Promise<string> {
  // `ignore` would leave those beyond the third closed.
  const nowhere = await open('/dev/null', 'w');
  try {
    const stdio = ['ignore', nowhere.fd, 'pipe', nowhere.fd, nowhere.fd] as const;
    const child = spawn(file, args, { env: {}, stdio: [...stdio], timeout: DEADLINE_MS });
    let text = '';
    child.stderr!.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code === 0) return text;
    throw new FacegateError('internal', `ffmpeg ended with code ${code}: run "facegate doctor".`);
  } finally {
    await nowhere.close();
  }
}
