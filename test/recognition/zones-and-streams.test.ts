import { describe, expect, it } from 'vitest';
import { type Someone, World } from './world.ts';
import { zone } from './zone.ts';

const SUB_STREAM = { detectUrl: 'rtsp://camera/sub' };
/** 30 pixels in the sub stream, 60 in the main one; described from 40 on. */
const FAR: Someone = { who: 'ada', x: 300, size: 30 };
const FAR_IN_DETAIL: Someone = { who: 'ada', x: 600, y: 100, size: 60 };

describe('a camera with zones', () => {
  it('names who is in a watch zone, and neither follows nor describes who is not', async () => {
    const world = new World({}, { zones: [zone('watch', 0, 0.5)] });
    world.enroll('ada', 'bob');
    for (let at = 0; at < 1000; at += 200) await world.frame(at, { who: 'ada' }, { who: 'bob', x: 700 });
    expect(world.told()).toEqual(['person_seen ada']);
    expect(world.recognizer.stats()).toMatchObject({ tracks: 1, outside: 5, faces: 5 });
  });

  it('goes by the centre of the face', async () => {
    const world = new World({}, { zones: [zone('ignore', 0.5, 1)] });
    world.enroll('ada', 'bob');
    for (let at = 0; at < 1000; at += 200)
      await world.frame(at, { who: 'ada', x: 445 }, { who: 'bob', x: 455 + 100 });
    expect(world.told()).toEqual(['person_seen ada']);
  });

  it('is not kept awake by faces outside, nor do weak ones count', async () => {
    const world = new World({}, { zones: [zone('watch', 0, 0.5)] });
    await world.frame(0, { who: 'bob', x: 700 }, { who: 'ada', x: 800, score: 0.6 });
    expect(world.recognizer.isFollowing(0)).toBe(false);
    expect(world.recognizer.isUrgent()).toBe(false);
    expect(world.recognizer.stats().outside).toBe(1);
  });
});

describe('whether somebody is in view', () => {
  it('holds while a track is alive and some seconds longer', async () => {
    const world = new World({ trackTimeoutMs: 1000 });
    expect(world.recognizer.isFollowing(0)).toBe(false);
    await world.frame(0, { who: 'ada' });
    await world.recognizer.expire(2000);
    expect(world.recognizer.isFollowing(2900)).toBe(true);
    expect(world.recognizer.isFollowing(3100)).toBe(false);
  });

  it('holds for a long track time-out', async () => {
    const world = new World({ trackTimeoutMs: 20_000 });
    await world.frame(0, { who: 'ada' });
    expect(world.recognizer.isFollowing(15_000)).toBe(true);
  });
});

describe('a camera of two streams', () => {
  it('follows a face through frames of both, and names it by those that show it large enough', async () => {
    const world = new World({}, SUB_STREAM);
    world.enroll('ada', 'bob');
    await world.frame(0, FAR);
    expect(world.recognizer.wanted()).toBe('detail');
    expect(world.recognizer.isUrgent(), 'so that the frame in detail is not passed over').toBe(true);
    await world.detail(100, FAR_IN_DETAIL);
    expect(world.recognizer.wanted()).toBe('detail');
    await world.frame(200, FAR);
    await world.detail(300, FAR_IN_DETAIL);
    expect(world.told()).toEqual(['person_seen ada']);
    expect(world.recognizer.stats()).toMatchObject({ tracks: 1, described: 2 });
    expect(world.recognizer.wanted(), 'once decided').toBe('any');
  });

  it('tells places in pixels of the stream in which faces are found, and in one only', async () => {
    const world = new World({}, SUB_STREAM);
    world.enroll('ada');
    await world.frame(0, FAR);
    for (let at = 100; at < 400; at += 100) await world.detail(at, FAR_IN_DETAIL);
    await world.frame(2000);
    const box = { left_x: 300, left_y: 50, right_x: 330, right_y: 80 };
    expect(world.events.map(event => event.bounding_box)).toEqual([box, box]);
  });

  it('takes the pixels of the new size where a camera changes it while nobody is in view', async () => {
    const world = new World();
    world.enroll('ada');
    await world.frame(0);
    for (let at = 100; at < 400; at += 100) await world.detail(at, { who: 'ada', x: 600 });
    expect(world.events[0].bounding_box).toMatchObject({ left_x: 600, right_x: 700 });
  });

  it('does not cut a face out of one stream at a place of the other', async () => {
    const world = new World({}, SUB_STREAM);
    world.enroll('ada', 'bob');
    // The main stream lags behind: bob stands where ada was in the sub stream.
    await world.frame(0, FAR);
    for (let at = 100; at < 500; at += 100)
      await world.detail(
        at,
        { who: 'bob', x: 600, y: 100, size: 60 },
        { who: 'ada', x: 900, y: 100, size: 60 },
      );
    const named = world.events.map(event => 'person' in event && event.person.miicloud_person_id);
    expect(named.toSorted()).toEqual(['ada', 'bob']);
    const boxOf = (who: string) => world.events[named.indexOf(who)].bounding_box.left_x;
    expect(world.events).toHaveLength(2);
    expect([boxOf('ada'), boxOf('bob')]).toEqual([450, 300]);
  });

  it.each([
    ['has no sub stream', {}, FAR],
    ['shows the face large enough', SUB_STREAM, { who: 'ada' }],
    ['shows it too small even in its main stream', SUB_STREAM, { who: 'ada', size: 12 }],
  ])('wants any frame where it %s', async (_, camera, face) => {
    const world = new World({}, camera);
    world.enroll('ada');
    await world.frame(0, face);
    expect(world.recognizer.wanted()).toBe('any');
  });

  it('wants detail of a face that turned out too poor', async () => {
    const world = new World({}, SUB_STREAM);
    world.norm = 1.7;
    await world.frame(0, { who: 'ada', size: 60 });
    await world.frame(100, { who: 'ada', size: 60 });
    expect(world.recognizer.wanted()).toBe('detail');
  });

  it('does not want detail for ever of a face that stays poor in it, nor of one that is gone', async () => {
    const world = new World({ trackTimeoutMs: 1000 }, SUB_STREAM);
    world.norm = 1.7;
    let [wanted, frames] = [0, 0];
    for (let at = 0; at < 30_000; at += 100, frames++) {
      const isDetail = world.recognizer.wanted() === 'detail';
      await (isDetail ? world.detail(at, FAR_IN_DETAIL) : world.frame(at, FAR));
      wanted += isDetail ? 1 : 0;
    }
    expect(wanted / frames).toBeLessThan(0.1);
    await world.frame(30_100, { who: 'bob', size: 30, x: 700 });
    expect(world.recognizer.wanted()).toBe('detail');
    await world.recognizer.expire(32_000);
    expect(world.recognizer.wanted()).toBe('any');
  });
});
