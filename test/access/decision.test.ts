import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DoorMoment, type DoorRules, decideAtDoor } from '../../src/access/decision.ts';
import { createSchedule } from '../../src/access/schedule.ts';
import { DENY_REASONS, type TrackStanding } from '../../src/domain/door.ts';
import type { PersonAccess } from '../../src/domain/person.ts';
import { ADA, CAPTURED_AT, KNOWN, MOMENT, RULES } from './door.ts';

interface Changes {
  readonly standing?: Partial<TrackStanding>;
  readonly rules?: Partial<DoorRules>;
  readonly moment?: Partial<DoorMoment>;
  readonly access?: PersonAccess;
}

function outcome({ standing, rules, moment, access }: Changes = {}): string {
  const person = access ? { ...ADA, access } : ADA;
  const verdict = decideAtDoor(
    { ...KNOWN, ...standing },
    { ...RULES, ...rules },
    { ...MOMENT, person, ...moment },
  );
  return verdict.decision === 'grant' ? 'grant' : verdict.reason;
}

const known = KNOWN.identity as Extract<TrackStanding['identity'], { status: 'known' }>;
const now = MOMENT.now;

describe('a decision at a door', () => {
  it('lets in who is known, here and now', () => {
    expect(outcome()).toBe('grant');
    expect(outcome({ access: { groups: ['staff'] }, rules: { groups: ['guests', 'staff'] } })).toBe('grant');
    expect(outcome({ standing: { liveness: 'live' }, rules: { liveness: 'require' } })).toBe('grant');
  });

  it.each<[string, Changes]>([
    ['liveness_failed', { standing: { liveness: 'attack' } }],
    ['low_quality', { standing: { quality: undefined } as never }],
    ['undecided', { standing: { identity: { status: 'undecided' } } }],
    ['undecided', { standing: { identity: { ...known, similarity: 0.449 } } }],
    ['undecided', { moment: { threshold: 0.81 } }],
    ['undecided', { standing: { identity: { ...known, margin: 0.049 } } }],
    ['undecided', { standing: { identity: { ...known, frames: 1 } } }],
    ['gallery_degraded', { moment: { isGalleryWhole: false } }],
    [
      'gallery_degraded',
      {
        standing: { identity: { status: 'unknown', similarity: 0.1, frames: 4 } },
        moment: { isGalleryWhole: false },
      },
    ],
    ['unknown', { standing: { identity: { status: 'unknown', similarity: 0.1, frames: 4 } } }],
    ['unknown', { moment: { person: undefined } as never }],
    ['unknown', { moment: { person: { ...ADA, customerId: 'other' } } }],
    ['unknown', { standing: { customer: 'other' } }],
    ['stale', { moment: { now: CAPTURED_AT - 1 } }],
    ['stale', { moment: { now: CAPTURED_AT + 5001 } }],
    ['stale', { standing: { isReplayed: true } }],
    ['stale', { moment: { wasReplayed: true } }],
    ['stale', { moment: { isClockSure: false } }],
    ['liveness_not_assessed', { rules: { liveness: 'require' } }],
    ['liveness_not_assessed', { standing: { mayAnnounce: false } }],
    ['denied_person', { access: { deny: true } }],
    ['expired', { access: { validUntil: now } }],
    ['expired', { access: { validFrom: now + 1 } }],
    ['not_in_group', { rules: { groups: ['staff'] } }],
    ['not_in_group', { rules: { groups: ['staff'] }, access: { groups: ['guests'] } }],
    ['outside_schedule', { rules: { schedule: () => false } }],
    ['cooldown', { moment: { isCoolingDown: true } }],
  ])('is denied as %s, case %#', (reason, changes) => {
    expect(outcome(changes)).toBe(reason);
  });

  it('counts the first and not the last moment of the validity, and a frame exactly as old as allowed', () => {
    expect(outcome({ access: { validFrom: now, validUntil: now + 1 } })).toBe('grant');
    expect(outcome({ moment: { now: CAPTURED_AT } })).toBe('grant');
    expect(outcome({ moment: { now: CAPTURED_AT + 5000 } })).toBe('grant');
  });
});

describe('any decision', () => {
  /** Whatever a value may have become that should not have. */
  const junk = fc.constantFrom<unknown>(undefined, null, Number.NaN, '', {}, 'yes', Number.NEGATIVE_INFINITY);
  const NEEDED = {
    standing: [
      ['identity'],
      ['identity', 'status'],
      ['identity', 'similarity'],
      ['identity', 'margin'],
      ['identity', 'frames'],
      ['capturedAt'],
      ['mayAnnounce'],
      ['isReplayed'],
      ['customer'],
      ['quality'],
    ],
    moment: [
      ['now'],
      ['threshold'],
      ['person'],
      ['isGalleryWhole'],
      ['isClockSure'],
      ['wasReplayed'],
      ['isCoolingDown'],
    ],
    rules: [['ttlMs'], ['minMargin'], ['minFrames'], ['customer'], ['liveness']],
  };
  const places = Object.entries(NEEDED).flatMap(([part, paths]) => paths.map(path => [part, ...path]));

  it('is a denial, or no decision at all, where anything that it needs is missing or is not what it should be', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), junk, (place, value) => {
        // Its measures were judged before; here it says that there was a usable face.
        fc.pre(place[1] !== 'quality' || !value);
        const all = structuredClone({ standing: KNOWN, moment: MOMENT, rules: { ...RULES, schedule: null } });
        let target = all as unknown as Record<string, Record<string, unknown>>;
        for (const key of place.slice(0, -1)) target = target[key] as typeof target;
        (target as Record<string, unknown>)[place.at(-1)!] = value;
        const rules = { ...all.rules, schedule: () => true } as DoorRules;
        let decision = 'none';
        try {
          decision = decideAtDoor(all.standing, rules, all.moment).decision;
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
        expect(decision).not.toBe('grant');
      }),
      { numRuns: 400 },
    );
  });

  it('is a grant only within the frame’s time to live, wherever the clock jumps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: 1000, max: 30_000 }),
        (jump, ttlMs) => {
          const result = outcome({ moment: { now: CAPTURED_AT + jump }, rules: { ttlMs } });
          expect(result).toBe(jump >= 0 && jump <= ttlMs ? 'grant' : 'stale');
        },
      ),
    );
  });

  it('is a grant only within validity and schedule, at every edge', () => {
    const offset = fc.integer({ min: -3 * 86_400_000, max: 3 * 86_400_000 });
    const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo');
    fc.assert(
      fc.property(offset, fc.option(offset), fc.option(offset), zone, (at, from, until, timeZone) => {
        const moment = CAPTURED_AT + at;
        const schedule = createSchedule({ timeZone, windows: ['mon-fri 07:00-19:00'], holidays: [] });
        const access = {
          ...(from !== null && { validFrom: CAPTURED_AT + from }),
          ...(until !== null && { validUntil: CAPTURED_AT + until }),
        };
        const isValid = (from === null || at >= from) && (until === null || at < until);
        const result = outcome({
          access,
          rules: { schedule },
          standing: { capturedAt: moment },
          moment: { now: moment },
        });
        expect(result).toBe(isValid ? (schedule(moment) ? 'grant' : 'outside_schedule') : 'expired');
      }),
    );
  });

  it('has a reason out of the closed set wherever it denies, and grants only what no single check forbids', () => {
    const flag = fc.boolean();
    const checks = fc.record({
      attack: flag,
      poor: flag,
      whole: flag,
      replayed: flag,
      pending: flag,
      denied: flag,
      member: flag,
      open: flag,
      cooling: flag,
    });
    fc.assert(
      fc.property(checks, fc.constantFrom<'off' | 'require'>('off', 'require'), (c, liveness) => {
        const result = outcome({
          standing: {
            liveness: c.attack ? 'attack' : 'live',
            mayAnnounce: !c.pending,
            ...(c.poor && ({ quality: undefined } as object)),
          },
          moment: { isGalleryWhole: c.whole, wasReplayed: c.replayed, isCoolingDown: c.cooling },
          rules: { groups: ['staff'], schedule: () => c.open, liveness },
          access: { groups: c.member ? ['staff'] : [], deny: c.denied },
        });
        const forbidden = c.attack || c.poor || !c.whole || c.replayed || c.pending || c.denied;
        const isGrant = !forbidden && c.member && c.open && !c.cooling;
        expect(result === 'grant').toBe(isGrant);
        if (!isGrant) expect(DENY_REASONS).toContain(result);
      }),
    );
  });
});
