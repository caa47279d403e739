import { describe, expect, it } from 'vitest';
import { createAttention } from '../../src/recognition/attention.ts';
import { type Applicant, takeTurns } from '../../src/recognition/turns.ts';

/** A face of this height that wants to be described. */
function applicant(height: number): Applicant {
  const box = { left: 0, top: 0, right: height, bottom: height };
  const track = { id: height, box, velocity: { x: 0, y: 0 }, bornAt: 0, seenAt: 0, hits: 1 };
  const detection = { box, score: 0.9 };
  return {
    seen: { track, detection, isNew: true, isWeak: false, missed: 0 },
    attention: createAttention(),
  };
}

describe('taking turns', () => {
  it('lets the biggest go first and all the others before anyone goes again', () => {
    const crowd = [50, 80, 60, 70, 90].map(applicant);
    const rounds = [0, 100, 200, 300].map(at =>
      takeTurns(crowd, 2, at).map(({ seen, attention }) => {
        attention.described({ at, identity: { status: 'undecided' }, promise: 1, missed: 0 }, true);
        return seen.track.id;
      }),
    );
    expect(rounds).toEqual([
      [90, 80],
      [70, 60],
      [50, 90],
      [80, 70],
    ]);
  });

  it('gives no turn where none is left', () => {
    expect(takeTurns([applicant(50)], -1, 0)).toEqual([]);
  });
});
