import { describe, expect, it } from 'vitest';
import { createDetailWish, type DetailSight, type DetailWish } from '../../src/recognition/detail-wish.ts';

const MIN_HEIGHT = 40;

/** A face of 30 pixels in the small stream and 90 in the large one. */
const sight = (at: number, changes: Partial<DetailSight> = {}): DetailSight => ({
  at,
  smallHeight: 30,
  largeHeight: 90,
  isDetail: false,
  isUndecided: true,
  ...changes,
});

function wishOf(...sights: DetailSight[]): DetailWish {
  const wish = createDetailWish(MIN_HEIGHT);
  for (const one of sights) wish.see(one);
  return wish;
}

/** Share of the time that detail is wished, while a frame comes every 200 ms and every tenth is one of the large stream. */
function shareWished(
  wish: DetailWish,
  to: number,
  options: { usable?: boolean; detail?: boolean } = {},
): number {
  let wished = 0;
  let frames = 0;
  for (let at = 0; at < to; at += 200, frames++) {
    const isDetail = (options.detail ?? true) && frames % 10 === 9;
    wish.see(sight(at, { isDetail }));
    if (isDetail) wish.described(options.usable ?? false);
    if (wish.isWished()) wished++;
  }
  return wished / frames;
}

describe('a wish for detail', () => {
  it.each([
    ['is too small to be described', {}, true],
    ['is large enough', { smallHeight: 60, largeHeight: 180 }, false],
    ['is decided', { isUndecided: false }, false],
    ['is too small in the main stream as well', { smallHeight: 12, largeHeight: 36 }, false],
    ['is no larger in the main stream', { largeHeight: 30 }, false],
    ['is hardly larger in the main stream', { smallHeight: 39, largeHeight: 42 }, false],
  ])('of a face that %s: %j, %s', (_, changes, expected) => {
    expect(wishOf(sight(0, changes)).isWished()).toBe(expected);
  });

  it('comes up when a face turns out too poor, and goes when it is described well', () => {
    const face = { smallHeight: 60, largeHeight: 180 };
    const wish = wishOf(sight(0, face));
    wish.described(false);
    wish.see(sight(200, face));
    expect(wish.isWished()).toBe(true);
    wish.described(true);
    wish.see(sight(400, face));
    expect(wish.isWished()).toBe(false);
  });

  it('comes up when good faces of the small stream do not decide', () => {
    const face = { smallHeight: 60, largeHeight: 180 };
    const wish = createDetailWish(MIN_HEIGHT);
    for (let at = 0; at < 600; at += 200) {
      wish.see(sight(at, face));
      wish.described(true);
    }
    expect(wish.isWished()).toBe(true);
  });

  it('does not come up for a poor face that is large already', () => {
    const face = { smallHeight: 150, largeHeight: 450 };
    const wish = wishOf(sight(0, face));
    wish.described(false);
    wish.see(sight(200, face));
    expect(wish.isWished()).toBe(false);
  });

  it('holds until the face is decided, while frames of the main stream help', () => {
    const wish = wishOf(sight(0));
    for (let at = 2000; at <= 6000; at += 2000) {
      wish.see(sight(at, { isDetail: true }));
      expect(wish.isWished()).toBe(true);
      wish.described(true);
    }
    wish.see(sight(6200, { isUndecided: false }));
    expect(wish.isWished()).toBe(false);
  });

  it('pauses for seconds after frames that did not help, and longer each time', () => {
    const wish = wishOf(sight(0));
    const pauses: number[] = [];
    let endedAt: number | undefined;
    for (let at = 100; at < 60_000; at += 100) {
      wish.see(sight(at, { isDetail: wish.isWished() }));
      if (!wish.isWished()) endedAt ??= at;
      else if (endedAt !== undefined) {
        pauses.push(at - endedAt);
        endedAt = undefined;
      }
    }
    expect(pauses.slice(0, 4)).toEqual([3000, 6000, 12_000, 24_000]);
  });

  it('does not last for a face that stays poor, nor where no main frame ever comes', () => {
    expect(shareWished(createDetailWish(MIN_HEIGHT), 60_000)).toBeLessThan(0.45);
    expect(shareWished(createDetailWish(MIN_HEIGHT), 60_000, { detail: false })).toBeLessThan(0.45);
  });

  it('does not last for a face that is good and stays undecided', () => {
    const wish = createDetailWish(MIN_HEIGHT);
    let asked = 0;
    for (let at = 0; at < 60_000; at += 100) {
      wish.see(sight(at, { isDetail: true }));
      wish.described(true);
      if (wish.isWished()) asked++;
    }
    expect(asked).toBeLessThan(60);
  });
});
