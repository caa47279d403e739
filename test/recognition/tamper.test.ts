import { describe, expect, it } from 'vitest';
import { createTamperWatch } from '../../src/recognition/tamper.ts';

/** What a watch says of pictures 200 ms apart, with the number of the picture; equal numbers are equal pictures. */
function watch(pictures: readonly number[], spacing = 200) {
  const tamper = createTamperWatch();
  return pictures.flatMap((fingerprint, at) => {
    const said = tamper.add({ fingerprint, at: at * spacing });
    return said === undefined ? [] : [{ at, said }];
  });
}

const fresh = (count: number, from = 1000) => Array.from({ length: count }, (_, at) => from + at);
const still = (count: number) => Array.from({ length: count }, () => 7);
const loop = (length: number, times: number) =>
  Array.from({ length: length * times }, (_, at) => at % length);

describe('a camera', () => {
  it('that always shows something new is left alone', () => {
    expect(watch(fresh(20_000))).toEqual([]);
  });

  it('that shows one picture for more than two seconds is frozen, said once', () => {
    expect(watch([...fresh(5), ...still(11)])).toEqual([]);
    expect(watch([...fresh(5), ...still(100)])).toEqual([{ at: 16, said: 'frozen' }]);
  });

  it('of few pictures per second is not frozen by two that are alike', () => {
    expect(watch([1, 2, 2, 3, 3, 3, 4], 5000)).toEqual([]);
    expect(watch([1, 2, 2, 2, 2], 5000)).toEqual([{ at: 4, said: 'frozen' }]);
  });

  it('that repeats a picture now and then, as at low bit rates, is left alone', () => {
    const doubled = fresh(500).flatMap(picture => (picture % 3 === 0 ? [picture, picture] : [picture]));
    expect(watch(doubled)).toEqual([]);
    const back = fresh(500).flatMap(picture =>
      picture % 10 === 0 ? [picture, picture - 1, picture] : [picture],
    );
    expect(watch(back)).toEqual([]);
  });

  it('is itself again after ten seconds of new pictures, said once', () => {
    expect(watch([...still(20), ...fresh(200)])).toEqual([
      { at: 11, said: 'frozen' },
      { at: 69, said: 'cleared' },
    ]);
  });

  it('that freezes again and again is frozen once, until it has been itself', () => {
    const stutter = Array.from({ length: 10 }, (_, at) => [
      ...still(15).map(() => at),
      ...fresh(20, 1000 * at + 100),
    ]);
    expect(watch(stutter.flat()).map(({ said }) => said)).toEqual(['frozen']);
  });

  it.each([2, 5, 50, 4000])(
    'that plays a loop of %d pictures is looped from the eighth repeated one on',
    length => {
      expect(watch(loop(length, length > 100 ? 2 : 20))).toEqual([{ at: length + 7, said: 'looped' }]);
    },
  );

  it('that plays a loop is looped also where pictures are missed and come unevenly', () => {
    const tamper = createTamperWatch();
    const said = loop(100, 4).flatMap((fingerprint, at) => {
      if (at % 3 === 1) return [];
      const kind = tamper.add({ fingerprint, at: at * 200 + ((at * 7919) % 180) });
      return kind === undefined ? [] : [kind];
    });
    expect(said).toEqual(['looped']);
  });

  it('whose recording follows live pictures is looped, and cleared when it is live again', () => {
    expect(watch([...fresh(100), ...fresh(40), ...fresh(100, 5000)]).map(({ said }) => said)).toEqual([
      'looped',
      'cleared',
    ]);
  });

  it('whose clock is set back is not looped for that', () => {
    const tamper = createTamperWatch();
    const said = fresh(100).map((fingerprint, at) =>
      tamper.add({ fingerprint, at: at < 50 ? 1e6 + at : at }),
    );
    expect(said.filter(kind => kind !== undefined)).toEqual([]);
  });
});
