import { describe, expect, it } from 'vitest';
import { createDoorWatch } from '../../src/access/door-watch.ts';
import type { TrackStanding } from '../../src/domain/door.ts';
import { ADA, CAPTURED_AT, KNOWN, RULES } from './door.ts';
import { door, UNDECIDED } from './watched-door.ts';

const UNKNOWN: Partial<TrackStanding> = { identity: { status: 'unknown', similarity: 0.1, frames: 4 } };

describe('the watch of a door', () => {
  it('decides once for each track, as soon as it can let somebody in', async () => {
    const { see, end, told } = door();
    await see('a', UNDECIDED);
    expect(told()).toEqual([]);
    for (let again = 0; again < 3; again++) await see('a');
    await end('a');
    expect(told()).toEqual(['a grant']);
  });

  it('says of each sight whether its decision is still to come', async () => {
    const { see, end } = door();
    expect(await see('a', UNDECIDED)).toBe(true);
    expect(await see('b', { liveness: 'attack' })).toBe(false);
    expect(await see('a')).toBe(false);
    expect(await see('a')).toBe(false);
    await end('a');
    await end('b');
  });

  it('says all that it rests on, and until when it holds', async () => {
    const { see, world } = door({ threshold: 0.6 });
    await see('a');
    expect(world.decisions[0]).toEqual({
      type: 'door_decision',
      door: 'main',
      decision: 'grant',
      camera: 'gate',
      customer: 'acme',
      track_id: 'a',
      captured_at: '2026-11-24T12:00:00.000Z',
      decided_at: '2026-11-24T12:00:00.100Z',
      expires_at: '2026-11-24T12:00:05.000Z',
      person: { miicloud_person_id: 'ada', customer_person_id: 'c-ada', first_name: 'Ada' },
      similarity: 0.8,
      threshold: 0.6,
      margin: 0.5,
      frames: 3,
      quality: { height: 100, norm: 3, yaw: 0, sharpness: 100 },
      liveness: 'not_assessed',
      model: 'm@1',
      unlock_ms: 3000,
    });
  });

  it('waits with a denial that the next frame may do away with, and gives it at the end', async () => {
    const { see, end, told } = door();
    await see('a', UNKNOWN);
    await see('a');
    await see('b', { quality: undefined } as object);
    await see('b', UNKNOWN);
    expect(told()).toEqual(['a grant']);
    await end('b');
    expect(told()).toEqual(['a grant', 'b unknown']);
  });

  it('denies at once what no later frame can change', async () => {
    const { see, end, told } = door({ rules: { groups: ['staff'] } });
    await see('a');
    await see('b', { liveness: 'attack' });
    expect(told()).toEqual(['a not_in_group', 'b liveness_failed']);
    await end('a');
    await end('b');
    expect(told()).toHaveLength(2);
  });

  it('lets nobody in who has left, though what stood in the way is gone by then', async () => {
    const { see, end, told, world } = door();
    world.isWhole = false;
    await see('a');
    world.isWhole = true;
    await end('a');
    expect(told()).toEqual(['a gallery_degraded']);
  });

  it('tells nothing of a track that had no face to describe', async () => {
    const { end, told } = door();
    await end('a');
    expect(told()).toEqual([]);
  });

  it('does not count the cooldown by a clock that somebody sets', async () => {
    const { see, end, told, world } = door();
    await see('a');
    await end('a');
    const later = CAPTURED_AT + 3_600_000;
    world.now = later;
    await see('b', { capturedAt: later });
    expect(told()).toEqual(['a grant', 'b cooldown']);
  });

  it.each([
    ['backwards', -60_000],
    ['forwards beyond the time to live', 5001],
  ])('is stale where the clock jumps %s between frame and decision', async (_, jump) => {
    const { see, end, told, world } = door();
    world.now = CAPTURED_AT + jump;
    await see('a');
    await end('a');
    expect(told()).toEqual(['a stale']);
  });

  it('lets nobody in with a track that saw old pictures, also when they have ended', async () => {
    const { see, end, told } = door();
    await see('a', { ...UNDECIDED, isReplayed: true });
    await see('a');
    await end('a');
    expect(told()).toEqual(['a stale']);
  });

  it('names nobody who was deleted', async () => {
    const { see, end, told, world } = door();
    world.ada = undefined;
    await see('a');
    await end('a');
    expect(told()).toEqual(['a unknown']);
    expect(world.decisions[0]).not.toHaveProperty('person');
  });

  it('decides no second time where the first decision could not be written', async () => {
    const decisions: string[] = [];
    const watch = createDoorWatch({
      id: 'main',
      rules: RULES,
      cooldownMs: 0,
      cameras: ['gate'],
      here: [],
      left: async () => undefined,
      unlockMs: 1,
      threshold: () => 0,
      person: () => ADA,
      isClockSure: () => true,
      isGalleryWhole: () => true,
      publish: ({ decision }) => {
        decisions.push(decision);
        return Promise.reject(new Error('disk'));
      },
      now: () => CAPTURED_AT,
      monotonic: () => 0,
    });
    await expect(watch.see(KNOWN)).rejects.toThrow('disk');
    await watch.see(KNOWN);
    await watch.end(KNOWN.trackId);
    expect(decisions).toEqual(['grant']);
  });
});
