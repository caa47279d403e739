import { createDoorWatch, type UnstampedDecision } from '../../src/access/door-watch.ts';
import type { TrackStanding } from '../../src/domain/door.ts';
import type { Person } from '../../src/domain/person.ts';
import { ADA, CAPTURED_AT, KNOWN, RULES } from './door.ts';

/** Somebody without a name yet. */
export const UNDECIDED: Partial<TrackStanding> = { identity: { status: 'undecided' } };

/** A watch over a door, with a clock of its own. */
export function door(
  changes: {
    threshold?: number;
    rules?: Partial<typeof RULES>;
    cameras?: string[];
    here?: string[];
    cooldownMs?: number;
  } = {},
) {
  const decisions: UnstampedDecision[] = [];
  const world = {
    now: CAPTURED_AT + 100,
    monotonic: 0,
    isWhole: true,
    ada: ADA as Person | undefined,
    decisions,
    left: [] as string[],
  };
  const watch = createDoorWatch({
    id: 'main',
    rules: { ...RULES, ...changes.rules },
    cooldownMs: changes.cooldownMs ?? 5000,
    cameras: changes.cameras ?? ['gate'],
    here: changes.here ?? [],
    unlockMs: 3000,
    threshold: () => changes.threshold ?? 0.4,
    person: id => (id === 'ada' ? world.ada : undefined),
    isClockSure: () => true,
    isGalleryWhole: () => world.isWhole,
    publish: decision => Promise.resolve(decisions.push(decision)),
    left: async ids => void world.left.push(...ids),
    now: () => world.now,
    monotonic: () => world.monotonic,
  });
  /** Time passes, and these cameras look on. */
  const pass = async (ms: number, cameras: readonly string[] = ['gate']) => {
    for (let left = ms; left > 0; left -= 200) {
      world.monotonic += Math.min(left, 200);
      for (const camera of cameras) await watch.looked(camera);
    }
  };
  return {
    world,
    pass,
    looked: watch.looked,
    see: (track: string, standing: Partial<TrackStanding> = {}) =>
      watch.see({ ...KNOWN, trackId: track, ...standing }),
    end: watch.end,
    told: () => decisions.map(({ track_id, decision, reason }) => [track_id, reason ?? decision].join(' ')),
  };
}
