import { describe, expect, it } from 'vitest';
import type { TrackStanding } from '../../src/domain/door.ts';
import type { Box } from '../../src/domain/geometry.ts';
import type { FaceCrop, Image } from '../../src/domain/image.ts';
import { createCameraRecognizer } from '../../src/recognition/camera-recognizer.ts';
import { World } from './world.ts';

/** A camera at a door: what the door is told of its tracks. */
function atDoor(camera: ConstructorParameters<typeof World>[1] = {}) {
  const world = new World({}, camera);
  const standings: TrackStanding[] = [];
  const told: string[] = [];
  /** How much was told before each look. */
  const looks: number[] = [];
  const recognizer = createCameraRecognizer({
    ...world.parts,
    doors: {
      see: async standing => {
        standings.push(standing);
        told.push(standing.identity.status);
        return true;
      },
      end: async trackId => void told.push(`end ${trackId}`),
      looked: async () => void looks.push(told.length),
    },
  });
  const frame = (at: number, who?: string) =>
    recognizer.analyse(world.picture(at), world.detections(...(who === undefined ? [] : [{ who }])));
  return { world, standings, told, looks, frame, recognizer };
}

describe('what a door is told of a track', () => {
  it('is where it stands after each described face, and once that it has ended', async () => {
    const { world, standings, told, frame } = atDoor();
    world.enroll('ada');
    for (let at = 1000; at <= 1300; at += 100) await frame(at, 'ada');
    await frame(9000);
    expect(told.slice(0, 2)).toEqual(['undecided', 'known']);
    expect(told.filter(line => line.startsWith('end'))).toEqual(['end run-gate-1']);
    expect(told.at(-1)).toBe('end run-gate-1');
    expect(standings[1]).toMatchObject({
      trackId: 'run-gate-1',
      camera: 'gate',
      customer: 'acme',
      capturedAt: 1100,
      threshold: 0.5,
      frames: 2,
      liveness: 'not_assessed',
      mayAnnounce: true,
      isReplayed: false,
      model: 'm@1',
    });
  });

  it('says of faces that are all too poor that none counts', async () => {
    const { world, standings, frame } = atDoor();
    world.norm = 1;
    for (let at = 1000; at <= 1300; at += 100) await frame(at, 'ada');
    expect(standings.length).toBeGreaterThan(0);
    for (const standing of standings) {
      expect(standing.identity).toEqual({ status: 'undecided' });
      expect(standing).not.toHaveProperty('quality');
    }
  });

  it('is no newer for a face that is too poor to count', async () => {
    const { world, standings, frame } = atDoor();
    world.enroll('ada');
    await frame(1000, 'ada');
    await frame(1100, 'ada');
    const newest = standings.at(-1)!.capturedAt;
    world.norm = 1;
    for (let at = 1200; at <= 8000; at += 100) await frame(at, 'ada');
    expect(standings.length).toBeGreaterThan(2);
    expect(new Set(standings.slice(2).map(({ capturedAt }) => capturedAt))).toEqual(new Set([newest]));
  });

  it('says whether liveness is still waited for', async () => {
    const { world, standings, frame } = atDoor({ liveness: 'require' });
    world.enroll('ada');
    world.live = 0.9;
    for (let at = 1000; at <= 2000; at += 100) await frame(at, 'ada');
    expect(standings.slice(0, 4).every(({ mayAnnounce }) => !mayAnnounce)).toBe(true);
    expect(standings.at(-1)).toMatchObject({ liveness: 'live', mayAnnounce: true, isReplayed: false });
  });

  it('says that the camera repeats its pictures, as long as it does', async () => {
    const { world, standings, frame } = atDoor();
    world.enroll('ada');
    let at = 1000;
    const watch = async (seconds: number) => {
      for (const end = at + seconds * 1000; at < end; at += 100) await frame(at, 'ada');
      return standings.at(-1)!.isReplayed;
    };
    expect(await watch(1)).toBe(false);
    world.standsStill = true;
    expect(await watch(20)).toBe(true);
  });

  it('comes before the door is told that the camera has looked, which repeated pictures do not count as', async () => {
    const { world, looks, frame, recognizer } = atDoor();
    world.enroll('ada');
    for (const at of [1000, 1100, 1200]) await frame(at, 'ada');
    await recognizer.passOver(world.picture(1300));
    expect(looks).toEqual([1, 2, 2, 2]);
    world.standsStill = true;
    for (let at = 1400; at < 20_000; at += 100) await frame(at, 'ada');
    const before = looks.length;
    for (let at = 20_000; at < 21_000; at += 100) await frame(at, 'ada');
    await recognizer.passOver(world.picture(21_000));
    expect(looks).toHaveLength(before);
  });
});

describe('the face that is kept of a track', () => {
  /** A camera at a door, where faces are kept: the frame of each that doors and events are given, and of none. */
  function keeping({ isOpen = true, asks = true } = {}) {
    const world = new World();
    const kept: string[] = [];
    let cut = 0;
    const cropFace = (picture: Image, box: Box): Image => {
      expect(box.bottom - box.top).toBe(100);
      cut++;
      return { ...picture, width: cut };
    };
    const crops: FaceCrop[] = [];
    const note = (what: string, crop?: FaceCrop) => {
      if (crop) crops.push(crop);
      kept.push(`${what} ${(asks && crop?.()?.width) || 'none'}`);
    };
    const recognizer = createCameraRecognizer({
      ...world.parts,
      cropFace,
      publish: async (event, crop) => note(event.type, crop),
      doors: {
        see: async ({ identity }, crop) => {
          note(identity.status, crop);
          return isOpen;
        },
        end: async (_, crop) => note('end', crop),
        looked: async () => undefined,
      },
    });
    const frame = (at: number, who?: string) =>
      recognizer.analyse(world.picture(at), world.detections(...(who === undefined ? [] : [{ who }])));
    return { world, kept, frame, crops, cuts: () => cut };
  }

  it('is that of the frame that decided, and at the end the newest that counted', async () => {
    const { world, kept, frame } = keeping();
    world.enroll('ada');
    await frame(1000, 'ada');
    await frame(1100, 'ada');
    await frame(9000);
    expect(kept).toEqual(['undecided 1', 'person_seen 2', 'known 2', 'end 2', 'person_left none']);
  });

  it('is not that of a face too poor to count, unless there is no other', async () => {
    const { world, kept, frame } = keeping();
    world.norm = 1;
    for (let at = 1000; at <= 1300; at += 100) await frame(at, 'ada');
    expect(new Set(kept)).toEqual(new Set(['undecided 1']));
    world.norm = 3;
    for (let at = 1400; at <= 2000; at += 100) await frame(at, 'ada');
    const counted = kept.at(-1)!.split(' ')[1];
    expect(Number(counted)).toBeGreaterThan(1);
    world.norm = 1;
    for (let at = 2100; at <= 9000; at += 100) await frame(at, 'ada');
    await frame(19_000);
    expect(kept.at(-1)).toBe(`end ${counted}`);
  });

  it('is cut of no face whose event keeps none, once the doors have decided', async () => {
    const { world, kept, frame, cuts, crops } = keeping({ isOpen: false, asks: false });
    world.enroll('ada');
    for (let at = 1000; at <= 3000; at += 100) await frame(at, 'ada');
    await frame(9000);
    expect(kept).toContain('person_seen none');
    expect(crops.length).toBeGreaterThan(2);
    // The picture of each was given back.
    expect(crops.map(crop => crop())).toEqual(crops.map(() => undefined));
    expect(cuts()).toBe(0);
  });

  it('is cut once for each face that a door may still decide on', async () => {
    const { world, frame, cuts, kept } = keeping({ asks: false });
    world.enroll('ada');
    for (let at = 1000; at <= 3000; at += 100) await frame(at, 'ada');
    const described = kept.filter(line => /^(undecided|known) /.test(line)).length;
    expect([cuts(), cuts()]).toEqual([world.described, described]);
  });

  it('is none of whoever looks like somebody who was deleted meanwhile', async () => {
    const { world, kept, frame } = keeping();
    world.enroll('ada');
    await frame(1000, 'ada');
    world.enrolled.delete('ada');
    await frame(9000);
    expect(kept).toEqual(['undecided 1', 'end none']);
  });
});
