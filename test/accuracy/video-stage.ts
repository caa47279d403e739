import type { Engine } from '../../src/engine/engine.ts';
import { openTestEngine } from '../support/engine.ts';
import { faceVideo } from '../support/media.ts';
import { videoFrames } from './video-frames.ts';
import { facesOfVideo, People } from './video-people.ts';
import { type Replay, replay } from './video-replay.ts';
import { type Actor, placeOf, renderScene, type Scene } from './video-scenes.ts';

/** Where scenes are played: the real engine, and galleries with both actors, or franck alone. */
export interface Stage {
  readonly both: People;
  readonly franck: People;
  /** What the camera tells of the scene. */
  play(scene: Scene, gallery: People): Promise<Replay>;
  close(): Promise<void>;
}

/** A stage; the actors are enrolled from another session, or another part of the clip, than the scenes are made of. */
export async function openStage(): Promise<Stage> {
  const engine = await openTestEngine({ config: { workers: 1 } });
  const franck = await looks(engine, 'franck', 185);
  const cap = await looks(engine, 'cap13_edit2', 1);
  return {
    both: new People().enroll('franck', franck).enroll('cap', cap),
    franck: new People().enroll('franck', franck),
    play: async (scene, gallery) =>
      replay(engine, gallery, videoFrames({ file: await renderScene(scene), fps: 10 })),
    close: () => engine.close(),
  };
}

async function looks(engine: Engine, clip: 'franck' | 'cap13_edit2', start: number) {
  const faces = await facesOfVideo(engine, { file: await faceVideo(clip), fps: 0.5, start, seconds: 6 });
  return faces.map(({ embedding }) => embedding);
}

/** Half a face, in pixels: a name told farther away is told of someone else. */
export const NEAR = 50;

/** Every name that was told, with how far (in pixels) it was told from where that man's head was. */
export function misplacements({ told }: Replay, actors: readonly Actor[]): { name: string; off: number }[] {
  return told.flatMap(({ type, who, at, box }) => {
    if (who === undefined) return [];
    const places = actors.filter(({ name }) => name === who).flatMap(actor => placeOf(actor, at) ?? []);
    const middle = (box.left_x + box.right_x) / 2;
    const off = Math.min(...places.map(place => Math.abs(middle - place)));
    return [{ name: `${type} ${who}`, off }];
  });
}
