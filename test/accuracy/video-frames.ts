import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Frame, fitScale, imageBytes } from '../../src/domain/image.ts';

/** Which pictures of a video become frames. */
export interface VideoPart {
  readonly file: string;
  /** Pictures per second. */
  readonly fps: number;
  /** Seconds from the beginning. */
  readonly start?: number;
  readonly seconds?: number;
}

/** Detector input of the default configuration. */
const INPUT = { width: 480, height: 360 };

/** The pictures of a part of a video as a camera would give them; `capturedAt` counts from 0 by the video's own clock, so that a replay is always the same. */
export async function* videoFrames(part: VideoPart): AsyncGenerator<Frame> {
  const size = await sizeOf(part.file);
  const box = `${INPUT.width}:${INPUT.height}`;
  const shape = 'force_original_aspect_ratio=decrease:force_divisible_by=2';
  const small = `scale=${box}:${shape}:flags=area:out_color_matrix=bt601:out_range=tv,format=yuv420p`;
  const smallSize = shrunken(size);
  const full = 'scale=flags=area:out_color_matrix=bt601:out_range=tv,format=yuv420p';
  const smalls = pictures(part, small, imageBytes('yuv420p', smallSize.width, smallSize.height));
  const fulls = pictures(part, full, imageBytes('yuv420p', size.width, size.height));
  try {
    for (let sequence = 1; ; sequence++) {
      const [a, b] = await Promise.all([smalls.next(), fulls.next()]);
      if (a.done || b.done) return;
      yield {
        cameraId: 'replay',
        sequence,
        capturedAt: Math.round(((sequence - 1) * 1000) / part.fps),
        small: { format: 'yuv420p', ...smallSize, data: a.value },
        full: { format: 'yuv420p', ...size, data: b.value },
        scale: fitScale(size, smallSize),
        isWhole: true,
        release: () => undefined,
      };
    }
  } finally {
    await Promise.all([smalls.return(undefined), fulls.return(undefined)]);
  }
}

/** What ffmpeg makes of a size: it fits into the input, and its sides are even. */
function shrunken(size: { width: number; height: number }): { width: number; height: number } {
  const scale = fitScale(size, INPUT);
  const even = (side: number) => 2 * Math.floor(Math.round(side * scale) / 2);
  return { width: even(size.width), height: even(size.height) };
}

/** All of them at once: 0.5 MB each. */
export async function framesOf(part: VideoPart): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of videoFrames(part)) frames.push(frame);
  return frames;
}

async function* pictures(
  { file, fps, start = 0, seconds }: VideoPart,
  filter: string,
  bytes: number,
): AsyncGenerator<Uint8Array, undefined> {
  const limit = seconds === undefined ? [] : ['-t', `${seconds}`];
  const input = ['-v', 'error', '-threads', '1', '-ss', `${start}`, ...limit, '-i', file, '-an'];
  const output = ['-vf', `fps=${fps},${filter}`, '-threads', '1', '-f', 'rawvideo', 'pipe:1'];
  const child = spawn('ffmpeg', [...input, ...output], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    yield* slices(child.stdout, bytes);
  } finally {
    child.kill('SIGKILL');
  }
  return undefined;
}

async function* slices(stream: Readable, bytes: number): AsyncGenerator<Uint8Array> {
  let slice = new Uint8Array(bytes);
  let filled = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>)
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + bytes - filled);
      slice.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled < bytes) continue;
      yield slice;
      slice = new Uint8Array(bytes);
      filled = 0;
    }
}

async function sizeOf(file: string): Promise<{ width: number; height: number }> {
  const entries = ['-select_streams', 'v:0', '-show_entries', 'stream=width,height', '-of', 'csv=p=0'];
  const child = spawn('ffprobe', ['-v', 'error', ...entries, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  const [width, height] = text.trim().split(',').map(Number);
  if (!width || !height) throw new Error(`${file} is no video`);
  return { width, height };
}
