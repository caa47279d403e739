import { describe, expect, it } from 'vitest';
import type { TrackStanding } from '../../src/domain/door.ts';
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
