import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDoorWatch, type UnstampedDecision } from '../../src/access/door-watch.ts';
import type { TrackStanding } from '../../src/domain/door.ts';
import { ADA, CAPTURED_AT, KNOWN, RULES } from './door.ts';

const TTL_MS = 5000;
const COOLDOWN_MS = 4000;

/** What happens at a door: somebody is seen, or goes; time passes; somebody sets the clock; the gallery is migrated. */
type Step =
  | {
      kind: 'see';
      track: number;
      looks: 'ada' | 'bob' | 'undecided' | 'unknown' | 'poor' | 'replayed';
      age: number;
    }
  | { kind: 'end'; track: number }
  | { kind: 'wait'; ms: number; isLooking: boolean }
  | { kind: 'restart' }
  | { kind: 'set clock'; by: number }
  | { kind: 'gallery'; isWhole: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('see' as const),
      track: fc.nat(1),
      looks: fc.constantFrom('ada', 'ada', 'bob', 'undecided', 'unknown', 'poor', 'replayed' as const),
      age: fc.constantFrom(0, 100, TTL_MS, TTL_MS + 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), track: fc.nat(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 9000 }),
      isLooking: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('set clock' as const),
      by: fc.integer({ min: -1e7, max: 1e7 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gallery' as const), isWhole: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

const named = (personId: string): Partial<TrackStanding> => ({
  identity: { ...(KNOWN.identity as object), candidate: { personId } } as TrackStanding['identity'],
});
const LOOKS: Record<Extract<Step, { kind: 'see' }>['looks'], Partial<TrackStanding>> = {
  ada: named('ada'),
  bob: named('bob'),
  undecided: { identity: { status: 'undecided' } },
  unknown: { identity: { status: 'unknown', similarity: 0, frames: 4 } },
  poor: { identity: { status: 'undecided' }, quality: undefined } as object,
  replayed: { ...named('ada'), isReplayed: true },
};

it('gives each track that was seen exactly one decision, and lets nobody in twice in one visit, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
      const world = { now: CAPTURED_AT, monotonic: 0, isWhole: true };
      const decisions: UnstampedDecision[] = [];
      /** What is durable. */
      const stays = new Set<string>();
      const start = () =>
        createDoorWatch({
          id: 'main',
          rules: { ...RULES, ttlMs: TTL_MS },
          cooldownMs: COOLDOWN_MS,
          cameras: ['gate'],
          here: [...stays],
          unlockMs: 3000,
          threshold: () => 0,
          person: id => ({ ...ADA, id }),
          isClockSure: () => true,
          isGalleryWhole: () => world.isWhole,
          publish: async decision => {
            decisions.push(decision);
            if (decision.decision === 'grant') stays.add(decision.person!.miicloud_person_id);
          },
          left: async ids => {
            for (const id of ids) stays.delete(id);
          },
          now: () => world.now,
          monotonic: () => world.monotonic,
        });
      let watch = start();
      /** For how long the camera has looked on. */
      let looked = 0;
      /** A number is used again for another track once its track has ended. */
      const generation = new Map<number, number>();
      const open = new Map<string, number>();
      const endedAt = new Map<string, number>();
      const grants: { track: string; person: string }[] = [];
      const beganAt = new Map<string, number>();
      const replayed = new Set<string>();

      const trackOf = (track: number) => `${track}.${generation.get(track) ?? 0}`;
      const end = async (track: number) => {
        const id = trackOf(track);
        const before = decisions.length;
        await watch.end(id);
        for (const made of decisions.slice(before)) expect(made.decision).toBe('deny');
        const mine = decisions.filter(made => made.track_id === id);
        expect(mine).toHaveLength(open.has(id) ? 1 : 0);
        open.delete(id);
        endedAt.set(id, looked);
        generation.set(track, (generation.get(track) ?? 0) + 1);
      };

      for (const one of steps) {
        if (one.kind === 'wait') {
          for (let left = one.ms; left > 0; left -= 500) {
            world.now += Math.min(left, 500);
            world.monotonic += Math.min(left, 500);
            if (!one.isLooking) continue;
            await watch.looked('gate');
            looked += Math.min(left, 500);
          }
        } else if (one.kind === 'restart') {
          for (const [id, track] of open) {
            endedAt.set(id, looked);
            generation.set(track, (generation.get(track) ?? 0) + 1);
          }
          open.clear();
          watch = start();
        } else if (one.kind === 'set clock') world.now += one.by;
        else if (one.kind === 'gallery') world.isWhole = one.isWhole;
        else if (one.kind === 'end') await end(one.track);
        else {
          const id = trackOf(one.track);
          if (one.looks === 'replayed') replayed.add(id);
          if (!open.has(id)) beganAt.set(id, looked);
          open.set(id, one.track);
          const before = decisions.length;
          await watch.see({ ...KNOWN, ...LOOKS[one.looks], trackId: id, capturedAt: world.now - one.age });
          const [made, ...more] = decisions.slice(before);
          expect(more).toEqual([]);
          if (made?.decision !== 'grant') continue;
          expect([world.isWhole, one.age <= TTL_MS, replayed.has(id)]).toEqual([true, true, false]);
          const person = made.person!.miicloud_person_id;
          expect(person).toBe(one.looks);
          for (const earlier of grants.filter(grant => grant.person === person)) {
            const left = endedAt.get(earlier.track);
            expect(left).toBeDefined();
            expect(beganAt.get(id)! - left!).toBeGreaterThanOrEqual(COOLDOWN_MS);
          }
          grants.push({ track: id, person });
        }
      }
      for (const track of [...open.values()]) await end(track);
      expect(new Set(decisions.map(({ track_id }) => track_id)).size).toBe(decisions.length);
    }),
    { numRuns: 500 },
  );
});
