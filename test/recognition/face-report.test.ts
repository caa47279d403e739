import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

const faces = (world: World) => world.shown.map(report => report.faces.map(face => face.identity));

describe('the faces that are shown to watchers of a camera', () => {
  it('are those of every frame, each with its box in that frame and what events say of it', async () => {
    const world = new World();
    world.enroll('ada');
    world.isWatched = true;
    await world.frame(0, { who: 'ada', x: 300 });
    await world.frame(200, { who: 'ada', x: 310 }, { who: 'stranger', x: 600 });
    await world.frame(4000);
    expect(faces(world)).toEqual([['undecided'], ['known', 'undecided'], []]);
    expect(world.shown[1]).toMatchObject({ capturedAt: 200, width: 1000, height: 200 });
    const [ada, stranger] = world.shown[1].faces;
    expect(ada).toMatchObject({ box: { left: 310 }, customerPersonId: 'c-ada' });
    expect(ada.trackId).toBe(world.events[0].track_id);
    expect(stranger).not.toHaveProperty('customerPersonId');
  });

  it('are in pixels of the frame of the main stream where it is looked at', async () => {
    const world = new World({}, { detectUrl: 'rtsp://127.0.0.1/sub' });
    world.isWatched = true;
    await world.frame(0, { who: 'stranger', x: 300 });
    await world.detail(200, { who: 'stranger', x: 600, size: 200 });
    expect(world.shown[1]).toMatchObject({ width: 2000, faces: [{ box: { left: 600, right: 800 } }] });
  });

  it('have no name where liveness is required and was not found', async () => {
    const world = new World({}, { liveness: 'require' });
    world.live = 0.01;
    world.enroll('ada');
    world.isWatched = true;
    for (let at = 0; at < 4000; at += 200) await world.frame(at, { who: 'ada' });
    expect(new Set(faces(world).flat())).toEqual(new Set(['undecided']));
  });

  it('have no name once the person was deleted', async () => {
    const world = new World();
    world.enroll('ada');
    world.isWatched = true;
    for (const at of [0, 200]) await world.frame(at, { who: 'ada' });
    world.enrolled.delete('ada');
    await world.frame(400, { who: 'ada' });
    expect(faces(world).at(-1)).not.toContain('known');
  });

  it('are not put together while nobody watches', async () => {
    const world = new World();
    await world.frame(0, { who: 'ada' });
    expect(world.shown).toEqual([]);
  });
});
