import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Ffmpeg } from './ffmpeg-locator.ts';

/** What cameras are played with, by the option that makes ffmpeg list it. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  '-demuxers': ['concat', 'rtsp'],
  '-protocols': ['pipe', 'tcp', 'udp', 'rtp', 'tls'],
  '-decoders': ['h264', 'hevc', 'mjpeg'],
  '-filters': ['select', 'split', 'scale', 'pad', 'format'],
  '-muxers': ['rawvideo'],
};
const DEADLINE_MS = 30_000;

/** What this ffmpeg was built without and cameras need, as "decoder h264". Rejects where it cannot be run. */
export async function missingAbilities({ file }: Pick<Ffmpeg, 'file'>): Promise<string[]> {
  const lists = Object.entries(NEEDED).map(async ([option, names]) => {
    const { stdout } = await promisify(execFile)(file, ['-hide_banner', option], {
      timeout: DEADLINE_MS,
      env: {},
    });
    const words = new Set(stdout.split(/[\s,]+/));
    return names.filter(name => !words.has(name)).map(name => `${option.slice(1, -1)} ${name}`);
  });
  return (await Promise.all(lists)).flat();
}
