import { describe, expect, it } from 'vitest';
import { World } from './world.ts';

describe('a camera recognizer', () => {
  it('announces an enrolled person once, at the second frame, and that they left', async () => {
    const world = new World();
    world.enroll('ada', 'bob');
    await world.frame(0, { who: 'ada' });
    expect(world.told()).toEqual([]);
    for (let at = 200; at <= 5000; at += 200) await world.frame(at, { who: 'ada' });
    await world.frame(6200);
    expect(world.told()).toEqual(['person_seen ada', 'person_left ada']);
    const [seen, left] = world.events;
    expect(seen).toMatchObject({
      camera: 'gate',
      customer: 'acme',
      captured_at: new Date(200).toISOString(),
      threshold: 0.5,
      similarity: expect.closeTo(1, 4),
      margin: expect.closeTo(1, 4),
      frames: 2,
      model: 'm@1',
      person: { miicloud_person_id: 'ada', customer_person_id: 'c-ada', first_name: 'ada' },
    });
    expect(left.track_id).toBe(seen.track_id);
    expect(left.captured_at).toBe(new Date(5000).toISOString());
  });

  it('announces a stranger as unknown once, and never as having left', async () => {
    const world = new World();
    world.enroll('ada');
    for (let at = 0; at <= 3000; at += 200) await world.frame(at, { who: 'stranger' });
    await world.frame(9000);
    expect(world.told()).toEqual(['unknown_seen']);
  });

  it('never says anything by one frame', async () => {
    const world = new World();
    world.enroll('ada');
    await world.frame(0, { who: 'ada' });
    await world.frame(9000);
    expect(world.told()).toEqual([]);
  });

  it('does not carry a name over to the next face at the same place', async () => {
    const world = new World();
    world.enroll('ada', 'bob');
    for (let at = 0; at < 600; at += 200) await world.frame(at, { who: 'ada' });
    for (let at = 600; at < 5000; at += 200) await world.frame(at, { who: 'bob' });
    expect(world.told()).toEqual(['person_seen ada', 'person_left ada', 'person_seen bob']);
    expect(new Set(world.events.map(event => event.track_id)).size).toBe(2);
  });

  it('tells nothing of a person who was deleted while in view', async () => {
    const world = new World();
    world.enroll('ada', 'bob');
    for (let at = 0; at < 600; at += 200) await world.frame(at, { who: 'ada' });
    world.enrolled.delete('ada');
    for (let at = 600; at < 5000; at += 200) await world.frame(at, { who: 'ada' });
    await world.frame(9000);
    expect(world.told()).toEqual(['person_seen ada', 'unknown_seen']);
  });

  it('announces a person by name who is enrolled while in view', async () => {
    const world = new World();
    for (let at = 0; at < 1000; at += 200) await world.frame(at, { who: 'ada' });
    world.enroll('ada');
    for (let at = 1000; at < 5000; at += 200) await world.frame(at, { who: 'ada' });
    expect(world.told()).toEqual(['unknown_seen', 'person_seen ada']);
  });

  it('describes a decided face only now and then', async () => {
    const world = new World();
    world.enroll('ada');
    for (let at = 0; at < 10_000; at += 200) await world.frame(at, { who: 'ada' });
    expect(world.described).toBeLessThanOrEqual(7);
  });

  it.each([
    ['too small', { size: 39 }, 3],
    ['of too low a norm', { size: 100 }, 1.7],
  ])('follows but does not recognize faces that are %s', async (_, person, norm) => {
    const world = new World();
    world.enroll('ada');
    world.norm = norm;
    for (let at = 0; at < 3000; at += 200) await world.frame(at, { who: 'ada', ...person });
    expect(world.told()).toEqual([]);
  });

  it('tells two people apart who stand side by side', async () => {
    const world = new World();
    world.enroll('ada', 'bob');
    for (let at = 0; at < 600; at += 200)
      await world.frame(at, { who: 'ada', x: 100 }, { who: 'bob', x: 400 });
    expect(world.told().sort()).toEqual(['person_seen ada', 'person_seen bob']);
  });

  it('says that known people left when the daemon stops or the camera goes silent', async () => {
    const world = new World();
    world.enroll('ada');
    for (let at = 0; at < 600; at += 200) await world.frame(at, { who: 'ada' });
    await world.recognizer.expire(1300);
    expect(world.told()).toEqual(['person_seen ada']);
    await world.recognizer.expire(1500);
    expect(world.told()).toEqual(['person_seen ada', 'person_left ada']);
  });

  it('describes only so many faces of a frame, and each in its turn', async () => {
    const world = new World({ maxFacesPerFrame: 2 });
    world.enroll('ada', 'bob', 'stranger');
    const crowd = [
      { who: 'ada', x: 100, size: 60 },
      { who: 'bob', x: 300, size: 90 },
      { who: 'stranger', x: 600, size: 120 },
    ];
    for (let at = 0; at < 300; at += 100) await world.frame(at, ...crowd);
    expect(world.described).toBe(6);
    expect(world.told().sort()).toEqual(['person_seen ada', 'person_seen bob', 'person_seen stranger']);
  });

  it('counts what it described, what it saved, and what was too poor', async () => {
    const world = new World();
    world.enroll('ada');
    for (let at = 0; at < 2000; at += 100)
      await world.frame(at, { who: 'ada' }, { who: 'bob', x: 400, size: 30 });
    const { faces, described, saved, poor, frames, tracks } = world.recognizer.stats();
    expect({ frames, tracks, faces, poor }).toEqual({ frames: 20, tracks: 2, faces: 20, poor: 0 });
    expect(described).toBe(world.described);
    expect(described + saved).toBe(faces);
    expect(described).toBeLessThanOrEqual(3);
  });

  it('does not describe faces of too low a norm for ever', async () => {
    const world = new World();
    world.norm = 1.7;
    for (let at = 0; at < 10_000; at += 100) await world.frame(at, { who: 'ada' });
    expect(world.described).toBeLessThan(12);
    expect(world.recognizer.stats().poor).toBe(world.described);
  });

  it('asks for more frames while a face is undecided, and no longer', async () => {
    const world = new World();
    world.enroll('ada');
    expect(world.recognizer.isUrgent()).toBe(false);
    await world.frame(0, { who: 'ada' });
    expect(world.recognizer.isUrgent()).toBe(true);
    await world.frame(100, { who: 'ada' });
    expect(world.recognizer.isUrgent()).toBe(false);
    await world.frame(200, { who: 'ada' }, { who: 'bob', x: 400, size: 30 });
    expect(world.recognizer.isUrgent(), 'for a face that is too small').toBe(false);
  });

  it('describes weak detections never, but follows by them', async () => {
    const world = new World();
    world.enroll('ada');
    await world.frame(0, { who: 'ada' });
    for (let at = 100; at < 3000; at += 100) await world.frame(at, { who: 'ada', score: 0.6 });
    expect(world.described).toBe(1);
    await world.frame(3000, { who: 'ada' });
    expect(world.told()).toEqual(['person_seen ada']);
    expect(world.recognizer.stats().tracks).toBe(1);
  });

  it('keeps describing a known face until its liveness is decided, then only now and then', async () => {
    const world = new World({}, { liveness: 'require' });
    world.enroll('ada');
    world.live = 0.95;
    for (let at = 0; at <= 5000; at += 200) await world.frame(at, { who: 'ada' });
    expect(world.told()).toEqual(['person_seen ada']);
    expect(world.events[0].liveness).toBe('live');
    expect(world.described).toBeLessThan(10);
  });

  it('tells of a camera that stands still, and names nobody meanwhile where liveness is required', async () => {
    const world = new World({}, { liveness: 'require' });
    world.enroll('ada');
    world.live = 0.95;
    world.standsStill = true;
    for (let at = 0; at <= 3000; at += 200) await world.frame(at);
    expect(world.tampers).toEqual(['frozen']);
    for (let at = 3200; at <= 6000; at += 200) await world.frame(at, { who: 'ada' });
    expect(world.told()).toEqual([]);
    world.standsStill = false;
    for (let at = 6200; at <= 20_000; at += 200) await world.frame(at, { who: 'ada' });
    expect(world.tampers).toEqual(['frozen', 'cleared']);
    expect(world.told()).toEqual(['person_seen ada']);
  });
});
