import { describe, expect, it } from 'vitest';
import { createRepeats } from '../../src/ingest/repeats.ts';

/** The frames that are left in, each named by kind and time; the first of two that wait is replaced. */
function left(
  frames: readonly [kind: 'light' | 'whole', at: number][],
  state: { wanted: boolean; waits?: boolean },
) {
  const repeats = createRepeats({ isWholeWanted: () => state.wanted, isWaiting: () => state.waits === true });
  return frames.filter(([kind, at]) => !repeats.isRepeat(kind === 'whole', at)).map(frame => frame.join(' '));
}

describe('light and whole frames of one stream', () => {
  it('are all new while whole ones are not wanted and none comes', () => {
    expect(
      left(
        [
          ['light', 1000],
          ['light', 1200],
        ],
        { wanted: false },
      ),
    ).toEqual(['light 1000', 'light 1200']);
  });

  it('repeat themselves in the light ones while whole ones come', () => {
    const frames = [
      ['whole', 1000],
      ['light', 1100],
      ['whole', 1120],
      ['light', 1300],
    ] as const;
    expect(
      left(
        frames.map(([kind, at]) => [kind, at]),
        { wanted: true },
      ),
    ).toEqual(['whole 1000', 'whole 1120']);
  });

  it('do not where the wanted whole ones stay away', () => {
    expect(
      left(
        [
          ['whole', 1000],
          ['light', 2000],
        ],
        { wanted: true },
      ),
    ).toEqual(['whole 1000', 'light 2000']);
  });

  it('are one picture where they meet: the whole one replaces a light one that waits', () => {
    expect(
      left(
        [
          ['light', 1000],
          ['whole', 1002],
        ],
        { wanted: true, waits: true },
      ),
    ).toEqual(['light 1000', 'whole 1002']);
  });

  it('are one picture where they meet: the whole one is left out once the light one was taken, and only that one', () => {
    const frames = [
      ['light', 1000],
      ['whole', 1002],
      ['light', 1250],
      ['whole', 1252],
    ] as const;
    expect(
      left(
        frames.map(([kind, at]) => [kind, at]),
        { wanted: true },
      ),
    ).toEqual(['light 1000', 'whole 1252']);
  });

  it('are one picture where a light one follows the last whole one at once', () => {
    expect(
      left(
        [
          ['whole', 1000],
          ['light', 1001],
          ['light', 1200],
        ],
        { wanted: false },
      ),
    ).toEqual(['whole 1000', 'light 1200']);
  });

  it('are new again after the clock was set back', () => {
    expect(
      left(
        [
          ['whole', 9_000_000],
          ['light', 1000],
          ['light', 1200],
        ],
        { wanted: true },
      ),
    ).toEqual(['whole 9000000', 'light 1000', 'light 1200']);
  });
});
