import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Landmarks } from '../../src/domain/geometry.ts';
import { type ActiveTask, createActiveCheck } from '../../src/recognition/active-check.ts';
import type { ActiveSample } from '../../src/recognition/active-task.ts';

const FRAME_MS = 100;
const TASKS: readonly ActiveTask[] = ['blink', 'turn_left', 'turn_right'];

/** A level face whose eyes are 40 pixels apart, `aspect` times as far from the mouth. */
const faceOf = (aspect: number): Landmarks => {
  const mouth = 40 * aspect;
  return [
    { x: 0, y: 0 },
    { x: 40, y: 0 },
    { x: 20, y: mouth * 0.55 },
    { x: 4, y: mouth },
    { x: 36, y: mouth },
  ];
};

interface Moment {
  readonly open?: number;
  readonly aspect?: number;
  readonly yaw?: number;
}

const sampleAt = (at: number, { open = 0.3, aspect = 1.1, yaw = 0 }: Moment): ActiveSample => ({
  at,
  landmarks: faceOf(aspect),
  yaw,
  eyeOpenness: open,
});

/** What a check says after these frames. */
function outcomeOf(task: ActiveTask, moments: readonly Moment[], frameMs = FRAME_MS) {
  const check = createActiveCheck({ task, startedAt: 0, timeoutMs: 5000 });
  for (const [at, moment] of moments.entries()) check.add(sampleAt((at + 1) * frameMs, moment));
  return check.outcomeAt((moments.length + 1) * frameMs);
}

const opens = (...openness: number[]): Moment[] => openness.map(open => ({ open }));
const yaws = (...all: number[]): Moment[] => all.map(yaw => ({ yaw }));
const AHEAD = [0.02, 0, -0.03, 0.01];

describe('a blink', () => {
  it('is eyes that shut and open again', () => {
    expect(outcomeOf('blink', opens(0.3, 0.31, 0.3, 0.29, 0.18, 0.16))).toBe('pending');
    expect(outcomeOf('blink', opens(0.3, 0.31, 0.3, 0.29, 0.18, 0.16, 0.29))).toBe('passed');
  });

  it('is none before it is known how open the eyes usually are', () => {
    expect(outcomeOf('blink', opens(0.3, 0.31, 0.3, 0.18, 0.3))).toBe('pending');
  });

  it('is none if the eyes stay shut for long', () => {
    const shut = Array.from({ length: 10 }, () => 0.17);
    expect(outcomeOf('blink', opens(0.3, 0.31, 0.3, 0.29, ...shut, 0.3, 0.3))).toBe('pending');
  });

  it('is none if the head moves with it, as a tilted photo seems to', () => {
    const open = { open: 0.3, aspect: 1.1 };
    const tilted = { open: 0.2, aspect: 0.75 };
    expect(outcomeOf('blink', [open, open, open, open, open, tilted, open])).toBe('pending');
    const nodding = { open: 0.15, aspect: 0.75 };
    expect(outcomeOf('blink', [open, open, open, open, open, nodding, open])).toBe('pending');
    const turning = { open: 0.15, yaw: 0.2 };
    expect(outcomeOf('blink', [open, open, open, open, open, turning, open])).toBe('pending');
  });

  it('is none across a gap in which pictures could have been exchanged', () => {
    const check = createActiveCheck({ task: 'blink', startedAt: 0, timeoutMs: 5000 });
    const times = [100, 200, 300, 400, 500, 900, 1000];
    for (const [at, { open }] of opens(0.3, 0.3, 0.3, 0.3, 0.17, 0.3, 0.3).entries())
      check.add(sampleAt(times[at]!, { open: open! }));
    expect(check.outcomeAt(1000)).toBe('pending');
  });

  it('cannot be told without a landmarker that sees the lids', () => {
    const check = createActiveCheck({ task: 'blink', startedAt: 0, timeoutMs: 5000 });
    for (let at = 1; at <= 40; at++) check.add({ at: at * FRAME_MS, landmarks: faceOf(1.1), yaw: 0 });
    expect(check.outcomeAt(5001)).toBe('failed');
  });
});

describe('a turn of the head', () => {
  it('goes from ahead to the side that was asked for', () => {
    expect(outcomeOf('turn_left', yaws(...AHEAD, 0.18, 0.3, 0.42))).toBe('pending');
    expect(outcomeOf('turn_left', yaws(...AHEAD, 0.18, 0.3, 0.42, 0.45))).toBe('passed');
    expect(outcomeOf('turn_right', yaws(...AHEAD, -0.18, -0.3, -0.42, -0.45))).toBe('passed');
  });

  it('does not count to the other side', () => {
    expect(outcomeOf('turn_left', yaws(...AHEAD, -0.18, -0.3, -0.42, -0.45))).toBe('pending');
    expect(outcomeOf('turn_right', yaws(...AHEAD, 0.18, 0.3, 0.42, 0.45))).toBe('pending');
  });

  it('is none if the face was turned from the start', () => {
    expect(outcomeOf('turn_left', yaws(0.25, 0.3, 0.4, 0.45, 0.45, 0.45))).toBe('pending');
  });

  it('is none if one picture takes the place of another', () => {
    expect(outcomeOf('turn_left', yaws(...AHEAD, 0.45, 0.45, 0.45))).toBe('pending');
    expect(outcomeOf('turn_left', yaws(...AHEAD, 0.2, 0.45, 0.45, 0.45))).toBe('pending');
  });

  it('is none if the landmarks jump to and fro', () => {
    expect(outcomeOf('turn_left', yaws(...AHEAD, 0.3, 0.36, 0.3, 0.36, 0.3))).toBe('pending');
  });
});

describe('a check', () => {
  it.each(TASKS)('(%s) fails when its time is up, with frames or without', task => {
    const check = createActiveCheck({ task, startedAt: 1000, timeoutMs: 3000 });
    expect(check.outcomeAt(4000)).toBe('pending');
    expect(check.outcomeAt(4001)).toBe('failed');
    expect(check.add(sampleAt(4100, {}))).toBe('failed');
  });

  it('that passed stays so, and one that failed cannot be passed', () => {
    const blink = opens(0.3, 0.31, 0.3, 0.29, 0.18, 0.16, 0.29);
    const check = createActiveCheck({ task: 'blink', startedAt: 0, timeoutMs: 700 });
    for (const [at, moment] of blink.entries()) check.add(sampleAt((at + 1) * FRAME_MS, moment));
    expect(check.outcomeAt(1e9)).toBe('passed');
    const late = createActiveCheck({ task: 'blink', startedAt: 0, timeoutMs: 699 });
    for (const [at, moment] of blink.entries()) late.add(sampleAt((at + 1) * FRAME_MS, moment));
    expect(late.outcomeAt(1e9)).toBe('failed');
  });

  it('ignores frames that come twice or hold what is no number', () => {
    const check = createActiveCheck({ task: 'turn_left', startedAt: 0, timeoutMs: 5000 });
    for (const at of [1, 1, 1, 1, 1]) check.add(sampleAt(at, { yaw: 0 }));
    for (const [at, yaw] of [0.2, 0.3, 0.42, 0.44].entries()) check.add(sampleAt(100 + 100 * at, { yaw }));
    expect(check.outcomeAt(500)).toBe('pending');
    expect(check.add({ ...sampleAt(600, {}), yaw: Number.NaN })).toBe('pending');
  });
});

describe('a photo', () => {
  const jitter = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
  const still = fc.record({
    open: fc.double({ min: 0.05, max: 0.4, noNaN: true }),
    aspect: fc.double({ min: 0.8, max: 1.4, noNaN: true }),
    yaw: fc.double({ min: -0.6, max: 0.6, noNaN: true }),
  });

  it.each(TASKS)('held still never passes (%s)', task => {
    fc.assert(
      fc.property(still, fc.constantFrom(40, 100, 200), (moment, frameMs) => {
        const moments = Array.from({ length: Math.floor(4900 / frameMs) }, () => moment);
        expect(outcomeOf(task, moments, frameMs)).toBe('pending');
      }),
    );
  });

  it.each(TASKS)('whose measures tremble never passes (%s)', task => {
    const tremble = fc.array(fc.tuple(jitter(0.07), jitter(0.03), jitter(0.05)), {
      minLength: 48,
      maxLength: 48,
    });
    fc.assert(
      fc.property(still, tremble, (moment, trembles) => {
        const moments = trembles.map(([open, aspect, yaw]) => ({
          open: moment.open * (1 + open),
          aspect: moment.aspect * (1 + aspect),
          yaw: moment.yaw + yaw,
        }));
        expect(outcomeOf(task, moments)).toBe('pending');
      }),
    );
  });

  it.each(TASKS)('tilted and turned in any way never passes (%s): eyes and face change alike', task => {
    const tilts = fc.array(fc.double({ min: 0.4, max: 2, noNaN: true }), { minLength: 48, maxLength: 48 });
    fc.assert(
      fc.property(still, tilts, (moment, all) => {
        const moments = all.map(tilt => ({
          open: moment.open * tilt,
          aspect: moment.aspect * tilt,
          yaw: moment.yaw,
        }));
        expect(outcomeOf(task, moments)).toBe('pending');
      }),
    );
  });
});
