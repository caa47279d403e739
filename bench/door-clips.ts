import { appendFile, readFile } from 'node:fs/promises';
import { cached, faceVideo, ffmpeg } from '../test/support/media.ts';
import { ARRIVAL, arrivalClip, SUB } from './clips.ts';

/** Pictures a second of the clips. */
export const DOOR_FPS = 10;
/** Seconds from one visit of the enrolled person to the next, and from when to when in them she is in the picture. */
export const VISIT = { every: 11, from: 7, to: 11 } as const;
const HEIGHTS = [360, 240] as const;
/** Of twelve seconds the other man is away for six. */
const OTHER = { every: 12, away: 6, video: 180 } as const;

/** A scene in the two sizes that its camera can have. Annex-B. */
export interface DoorClip {
  readonly clip: string;
  readonly otherClip: string;
}

/** A part of a clip: what ffmpeg reads, the filter before that of the size, its length. */
interface Piece {
  readonly input: readonly string[];
  readonly filter: string;
  readonly seconds: number;
}

/** Somebody comes every eleven seconds and stays for four, for at least so many minutes; no picture is like another. */
export async function enrolledClip(minutes: number): Promise<DoorClip> {
  const arrival = await arrivalClip(SUB);
  const { at, seconds } = ARRIVAL;
  const cycle = await cached('door-cycle.mp4', file =>
    ffmpeg([
      ...['-r', '25', '-i', arrival, '-filter_complex'],
      `[0:v]fps=${DOOR_FPS},split[p][q];[p]trim=0.5:${at - 0.5},setpts=PTS-STARTPTS[away];` +
        `[q]trim=0:${seconds},setpts=PTS-STARTPTS[visit];[away][visit]concat=n=2,format=yuv420p`,
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '12', file],
    ]),
  );
  const cycles = 6;
  const piece = { input: ['-stream_loop', `${cycles - 1}`, '-i', cycle], filter: '' };
  return inTwoSizes('door-enrolled', minutes, () => ({ ...piece, seconds: cycles * VISIT.every }));
}

/** Another man is in the picture for six seconds of twelve; no picture is like another. */
export async function strangerClip(minutes: number): Promise<DoorClip> {
  const hidden = `drawbox=w=iw:h=ih:color=gray:t=fill:enable='lt(mod(t,${OTHER.every}),${OTHER.away})',`;
  const video = await faceVideo('franck');
  const seconds = 60;
  return inTwoSizes('door-stranger', minutes, at => ({
    input: ['-ss', `${(at * seconds) % OTHER.video}`, '-i', video],
    filter: `fps=${DOOR_FPS},${hidden}`,
    seconds,
  }));
}

async function inTwoSizes(name: string, minutes: number, pieceAt: (at: number) => Piece): Promise<DoorClip> {
  const ofHeight = (height: number): Promise<string> =>
    cached(`${name}-${minutes}min-${height}p.h264`, async file => {
      for (let at = 0, made = 0; made < 60 * minutes; at++) {
        const { input, filter, seconds } = pieceAt(at);
        const part = await cached(`${name}-${height}p-${at}.h264`, partFile =>
          ffmpeg([
            ...[...input, '-t', `${seconds}`, '-an', '-vf'],
            `${filter}scale=-2:${height},noise=all_seed=${at + 1}:c0s=6:c0f=t,format=yuv420p`,
            ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '26', '-g', `${DOOR_FPS}`, '-bf', '0'],
            partFile,
          ]),
        );
        await appendFile(file, await readFile(part));
        made += seconds;
      }
    });
  const [clip, otherClip] = [await ofHeight(HEIGHTS[0]), await ofHeight(HEIGHTS[1])];
  return { clip, otherClip };
}
