import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClockMemory, createClockGuard } from '../../src/platform/clock-guard.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const INSTALLED = Date.UTC(2026, 5, 1);
const START = Date.UTC(2026, 10, 24, 12);

/** A guard over clocks of the test's own. */
function guarded(memory: ClockMemory = {}, at = START) {
  const clock = { wall: at, monotonic: 5000 };
  const guard = createClockGuard({
    wall: () => clock.wall,
    monotonic: () => clock.monotonic,
    notBefore: INSTALLED,
    memory,
  });
  const pass = (ms: number) => {
    for (let left = ms; left > 0; left -= SECOND) {
      clock.wall += Math.min(left, SECOND);
      clock.monotonic += Math.min(left, SECOND);
      guard.now();
    }
  };
  const set = (by: number) => {
    clock.wall += by;
    guard.now();
  };
  return { clock, guard, pass, set };
}

describe('the guard of the clock', () => {
  it('believes a clock that nobody sets, also one that NTP slews', () => {
    const { clock, guard, pass } = guarded();
    expect(guard.doubt()).toBeUndefined();
    for (let minute = 0; minute < 30; minute++) {
      pass(MINUTE);
      clock.wall += 30;
      expect(guard.doubt()).toBeUndefined();
    }
    expect(guard.hasLeapt()).toBe(false);
  });

  it.each([-HOUR, -300, 300, DAY])('doubts it for a minute after it was set by %d ms', by => {
    const { guard, pass, set } = guarded();
    pass(20 * SECOND);
    set(by);
    expect(guard.doubt()).toBe('was_set');
    pass(59 * SECOND);
    expect(guard.doubt()).toBe('was_set');
    pass(SECOND);
    expect(guard.doubt()).toBeUndefined();
  });

  it('doubts it after small steps that come to much, and after the machine slept', () => {
    const steps = guarded();
    for (let second = 0; second < 4; second++) {
      steps.pass(SECOND);
      steps.set(-100);
    }
    expect(steps.guard.doubt()).toBe('was_set');
    const sleep = guarded();
    sleep.set(2 * HOUR);
    expect(sleep.guard.doubt()).toBe('was_set');
  });

  it('doubts one of before the installation until it is set', () => {
    const { guard, pass, set } = guarded({}, 0);
    pass(HOUR);
    expect(guard.doubt()).toBe('before_install');
    set(START);
    pass(MINUTE);
    expect(guard.doubt()).toBeUndefined();
  });

  it('doubts one that is behind what was proven, over a restart too, until it has caught up or somebody confirms it', () => {
    const { guard, pass } = guarded();
    pass(20 * MINUTE);
    const memory = guard.memory();
    expect(memory).toEqual({ provenAt: START + 20 * MINUTE });

    const behind = guarded(memory, START);
    behind.pass(10 * MINUTE);
    expect(behind.guard.doubt()).toBe('behind');
    behind.pass(6 * MINUTE);
    expect(behind.guard.doubt()).toBeUndefined();

    const confirmed = guarded(memory, START - DAY);
    confirmed.guard.confirm();
    expect(confirmed.guard.doubt()).toBeUndefined();
    expect(confirmed.guard.memory()).toEqual({ provenAt: START - DAY });
  });

  it('takes the first time that it sees for right, until it is set', () => {
    const { guard, pass, set } = guarded();
    expect(guard.memory()).toEqual({ provenAt: START });
    pass(5 * MINUTE);
    set(-HOUR);
    pass(MINUTE);
    expect(guard.doubt()).toBeUndefined();
    expect(guard.memory()).toEqual({ provenAt: START + 5 * MINUTE - HOUR });
    expect(guarded({}, 0).guard.memory()).toEqual({});
  });

  it('that is set an hour back keeps doors shut until it has caught up', () => {
    const { guard, pass, set } = guarded();
    pass(20 * MINUTE);
    set(-HOUR);
    pass(50 * MINUTE);
    expect(guard.doubt()).toBe('behind');
    pass(6 * MINUTE);
    expect(guard.doubt()).toBeUndefined();
  });

  it.each([2 * HOUR, DAY, Date.UTC(2038, 0, 19) - START])(
    'lets nothing be thrown away after a leap of %d ms, for a week, over restarts, or until it is confirmed',
    by => {
      const { guard, pass, set } = guarded();
      pass(20 * MINUTE);
      set(by);
      expect(guard.hasLeapt()).toBe(true);
      pass(HOUR);
      expect(guard.doubt()).toBeUndefined();
      const memory = guard.memory();
      expect(memory.provenAt).toBe(START + 20 * MINUTE);
      const { leaptAt = 0 } = memory;

      expect(guarded(memory, leaptAt + DAY).guard.hasLeapt()).toBe(true);
      const later = guarded(memory, leaptAt + 7 * DAY - MINUTE);
      later.pass(5 * MINUTE);
      expect(later.guard.hasLeapt()).toBe(true);
      later.pass(6 * MINUTE);
      expect(later.guard.hasLeapt()).toBe(false);
      guard.confirm();
      expect(guard.hasLeapt()).toBe(false);
    },
  );

  it('forgets a leap that is taken back, and doors open again after a minute', () => {
    const { guard, pass, set } = guarded();
    pass(20 * MINUTE);
    set(DAY);
    pass(HOUR);
    set(-DAY);
    expect(guard.hasLeapt()).toBe(false);
    pass(MINUTE);
    expect(guard.doubt()).toBeUndefined();
  });

  it('takes more than four days of absence for a leap, and a weekend for a weekend', () => {
    const memory = { provenAt: START };
    expect(guarded(memory, START + 3 * DAY).guard.hasLeapt()).toBe(false);
    expect(guarded(memory, START + 4 * DAY + 1).guard.hasLeapt()).toBe(true);
  });

  it('does not take it for a step that the thread was held up between two looks at the clocks', () => {
    let hold = 0;
    let at = 0;
    const guard = createClockGuard({
      wall: () => START + at,
      monotonic: () => {
        const before = at;
        if (hold > 0) {
          at += 400;
          hold--;
        }
        return before;
      },
      notBefore: INSTALLED,
      memory: {},
    });
    hold = 3;
    expect(guard.doubt()).toBeUndefined();
  });

  it('never lets a frame pass for fresh that is older by the clock that nobody sets', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 8000 }) }),
      // Stopped, suspended or held up: nobody looks at the clock.
      fc.record({ kind: fc.constant('stop' as const), ms: fc.integer({ min: 1, max: 200_000 }) }),
      fc.record({ kind: fc.constant('set' as const), ms: fc.integer({ min: -200_000, max: 200_000 }) }),
      fc.constant({ kind: 'frame' as const, ms: 0 }),
      fc.constant({ kind: 'decide' as const, ms: 0 }),
    );
    const TTL = 5000;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const { clock, guard, pass } = guarded();
        const frames: { at: number; monotonic: number }[] = [];
        for (const { kind, ms } of steps) {
          if (kind === 'pass') pass(ms);
          else if (kind === 'stop') {
            clock.wall += ms;
            clock.monotonic += ms;
          } else if (kind === 'set') clock.wall += ms;
          else if (kind === 'frame') frames.push({ at: guard.now(), monotonic: clock.monotonic });
          else {
            if (guard.doubt() !== undefined) continue;
            for (const { at, monotonic } of frames) {
              const age = clock.wall - at;
              if (age >= 0 && age <= TTL) expect(clock.monotonic - monotonic).toBeLessThanOrEqual(TTL + 250);
            }
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
