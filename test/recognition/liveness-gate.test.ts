import { describe, expect, it } from 'vitest';
import { createLivenessGate, type LivenessGate } from '../../src/recognition/liveness-gate.ts';

const LIVE = 0.95;
const PICTURE = 0.02;

/** The gate after frames with these scores; undefined is a frame that could not be assessed. */
const gateAfter = (
  mode: 'off' | 'report' | 'require',
  scores: (number | undefined)[],
  replayed = false,
): LivenessGate => {
  const gate = createLivenessGate(mode, () => replayed);
  for (const [sequence, live] of scores.entries()) gate.add({ sequence, live });
  return gate;
};
const times = (count: number, score: number | undefined) => Array.from({ length: count }, () => score);

describe('the liveness gate of a track', () => {
  it('lets everyone pass at once where liveness is off', () => {
    expect(gateAfter('off', []).mayAnnounce()).toBe(true);
    expect(gateAfter('off', times(9, PICTURE)).mayAnnounce()).toBe(true);
    expect(gateAfter('off', []).isWaiting()).toBe(false);
  });

  it('waits for the vote where it is to be reported, then lets everyone pass with it', () => {
    expect(gateAfter('report', times(4, LIVE)).mayAnnounce()).toBe(false);
    for (const [score, liveness] of [
      [LIVE, 'live'],
      [PICTURE, 'attack'],
    ] as const) {
      const gate = gateAfter('report', times(5, score));
      expect([gate.mayAnnounce(), gate.liveness()]).toEqual([true, liveness]);
    }
  });

  it('does not wait for ever for a face that cannot be assessed', () => {
    expect(gateAfter('report', times(11, undefined)).mayAnnounce()).toBe(false);
    const gate = gateAfter('report', times(12, undefined));
    expect([gate.mayAnnounce(), gate.liveness(), gate.isWaiting()]).toEqual([true, 'not_assessed', false]);
  });

  it.each([
    ['a picture', times(9, PICTURE)],
    ['a face that was never assessed', times(40, undefined)],
    ['too few frames', times(4, LIVE)],
    ['no frame at all', []],
    ['a doubtful face', times(12, 0.35)],
  ])('lets nobody pass where liveness is required: %s', (_, scores) => {
    expect(gateAfter('require', scores).mayAnnounce()).toBe(false);
  });

  it('lets a live face pass where liveness is required, unless the camera plays a recording', () => {
    expect(gateAfter('require', times(5, LIVE)).mayAnnounce()).toBe(true);
    expect(gateAfter('require', times(5, LIVE), true).mayAnnounce()).toBe(false);
  });
});
