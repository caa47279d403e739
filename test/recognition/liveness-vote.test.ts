import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLivenessVote } from '../../src/recognition/liveness-vote.ts';

/** The verdict on frames with these scores, in order; undefined is a frame in which the face was not assessed. */
function verdictOn(scores: readonly (number | undefined)[]) {
  const vote = createLivenessVote();
  for (const [sequence, live] of scores.entries()) vote.add({ sequence, live });
  return vote.verdict();
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe('the liveness of a track', () => {
  it('is not assessed before five distinct frames', () => {
    expect(verdictOn([])).toEqual({ liveness: 'not_assessed', frames: 0 });
    expect(verdictOn(times(4, 1))).toEqual({ liveness: 'not_assessed', frames: 4, mean: 1 });
    expect(verdictOn(times(5, 1))).toEqual({ liveness: 'live', frames: 5, mean: 1 });
    const vote = createLivenessVote();
    for (let again = 0; again < 9; again++) vote.add({ sequence: 7, live: 1 });
    expect(vote.verdict()).toEqual({ liveness: 'not_assessed', frames: 1, mean: 1 });
  });

  it('is decided by the mean, and by nothing between the two bounds', () => {
    expect(verdictOn([1, 0, 1, 0, 0.5]).liveness).toBe('live');
    expect(verdictOn([1, 0, 1, 0, 0.4]).liveness).toBe('not_assessed');
    expect(verdictOn([0.2, 0.2, 0.2, 0.2, 0.2]).liveness).toBe('not_assessed');
    expect(verdictOn([0.2, 0.2, 0.2, 0.2, 0.1]).liveness).toBe('attack');
  });

  it('stays an attack, whatever comes after', () => {
    expect(verdictOn([...times(5, 0), ...times(50, 1)])).toEqual({
      liveness: 'attack',
      frames: 5,
      mean: 0,
    });
  });

  it('becomes an attack where a live face is followed by a picture', () => {
    expect(verdictOn([...times(5, 1), ...times(12, 0)]).liveness).toBe('attack');
  });

  it('is forgotten when the face is no longer assessed', () => {
    expect(verdictOn([...times(12, 1), ...times(7, undefined)]).liveness).toBe('live');
    expect(verdictOn([...times(12, 1), ...times(8, undefined)]).liveness).toBe('not_assessed');
    expect(verdictOn(times(30, undefined))).toEqual({ liveness: 'not_assessed', frames: 0 });
  });

  it('takes scores that are none for frames that were not assessed', () => {
    expect(verdictOn([...times(10, Number.NaN), 7, -1])).toEqual({ liveness: 'not_assessed', frames: 0 });
  });

  it('is never live while fewer than five scores or a mean below one half stand for it', () => {
    const score = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(score, { maxLength: 40 }), scores => {
        const { liveness, frames, mean } = verdictOn(scores);
        if (liveness === 'live') expect(frames >= 5 && mean! >= 0.5).toBe(true);
        const newest = scores.slice(-12).filter(value => value !== undefined);
        if (newest.length < 5) expect(liveness).not.toBe('live');
      }),
    );
  });
});
