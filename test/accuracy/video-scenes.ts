import { createHash } from 'node:crypto';
import { cached, encoder, type FaceVideo, faceVideo, ffmpeg } from '../support/media.ts';

/** A point of an actor's way: seconds, and pixels of the middle of the head. */
export type Waypoint = readonly [seconds: number, x: number];

/** A head that is cut out of a real video and carried through the scene. */
export interface Actor {
  readonly name: 'franck' | 'cap';
  /** Where the head is, from the first point's time to the last one's; straight in between. */
  readonly way: readonly Waypoint[];
  /** Middle of the head in pixels from the top; 180 if absent. */
  readonly y?: number;
  /** Height of the cut-out, of which the face is about half; 200 if absent. */
  readonly height?: number;
  /** Filter for this head alone. */
  readonly filter?: string;
}

/** A rendered scene of 640 x 360 at 25 pictures a second; later actors stand before earlier ones. */
export interface Scene {
  readonly seconds: number;
  readonly actors: readonly Actor[];
  /** Filter for the whole picture. */
  readonly filter?: string;
}

const CUT: Record<Actor['name'], { clip: FaceVideo; start: number; crop: string; aspect: number }> = {
  franck: { clip: 'franck', start: 20, crop: 'crop=200:264:85:12', aspect: 200 / 264 },
  cap: { clip: 'cap12_edit', start: 4, crop: 'crop=170:220:120:60', aspect: 170 / 220 },
};

/** Path of the scene's video; rendered at the first call. */
export function renderScene(scene: Scene): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([scene, CUT]))
    .digest('hex')
    .slice(0, 16);
  return cached(`scene-${key}.mp4`, async file => {
    const { actors, seconds, filter = 'null' } = scene;
    const inputs = await Promise.all(
      actors.map(async ({ name }) => ['-ss', `${CUT[name].start}`, '-i', await faceVideo(CUT[name].clip)]),
    );
    const heads = actors.map((actor, at) => {
      const { height = 200, name } = actor;
      const width = Math.round(height * CUT[name].aspect);
      return `[${at + 1}:v]${CUT[name].crop},scale=${width}:${height},fps=25,${actor.filter ?? 'null'}[head${at}]`;
    });
    const placed = actors.map(
      (actor, at) => `${at === 0 ? '[0:v]' : `[scene${at}]`}[head${at}]${overlay(actor)}[scene${at + 1}]`,
    );
    const graph = [...heads, ...placed, `[scene${actors.length}]${filter}[out]`].join(';');
    const backdrop = ['-f', 'lavfi', '-i', `color=gray:size=640x360:rate=25:duration=${seconds}`];
    const output = ['-map', '[out]', '-t', `${seconds}`, ...encoder('h264', 25)];
    await ffmpeg([...backdrop, ...inputs.flat(), '-filter_complex', graph, ...output, file]);
  });
}

/** Where the middle of an actor's head is at a time in milliseconds; undefined while he is away. */
export function placeOf({ way }: Actor, at: number): number | undefined {
  const seconds = at / 1000;
  const next = way.findIndex(([time]) => time > seconds);
  if (next === 0) return undefined;
  if (next < 0) return way.at(-1)![0] === seconds ? way.at(-1)![1] : undefined;
  const [[t0, x0], [t1, x1]] = [way[next - 1], way[next]];
  return x0 + ((x1 - x0) * (seconds - t0)) / (t1 - t0);
}

function overlay({ way, y = 180 }: Actor): string {
  const leg = ([t0, x0]: Waypoint, [t1, x1]: Waypoint) => `${x0}+(${x1 - x0})*(t-${t0})/${t1 - t0}`;
  const x = way
    .slice(0, -1)
    .reduceRight(
      (rest, from, at) => `if(lt(t,${way[at + 1][0]}),${leg(from, way[at + 1])},${rest})`,
      `${way.at(-1)![1]}`,
    );
  const shown = `between(t,${way[0][0]},${way.at(-1)![0]})`;
  return `overlay=x='${x}-w/2':y='${y}-h/2':enable='${shown}':eof_action=pass`;
}
