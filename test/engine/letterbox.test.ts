import { describe, expect, it } from 'vitest';
import type { SmallPicture } from '../../src/engine/decoding.ts';
import { joinContents } from '../../src/engine/letterbox.ts';
import { createRoom } from '../../src/engine/room.ts';

const input = { width: 96, height: 64 };
/** A picture whose pixels tell their row and column, that fills so much of the input. */
const picture = (width: number, height: number, mark = 0): SmallPicture => {
  const pixels = new Uint8Array(96 * 64 * 3);
  for (let row = 0; row < 64; row++)
    for (let column = 0; column < 96; column++) pixels.set([row, column, mark], (row * 96 + column) * 3);
  return { pixels, fullWidth: width * 2, fullHeight: height * 2, scale: 0.5 };
};
const free = { size: 'any', multipleOf: 1 } as const;

describe('the pictures of a batch', () => {
  it('go in without the padding that none of them uses, in few shapes', () => {
    const { pixels, ...shape } = joinContents(
      [picture(96, 20, 1), picture(90, 31, 2)],
      input,
      free,
      createRoom(),
    );
    expect(shape).toEqual({ count: 2, width: 96, height: 32 });
    expect([...pixels.subarray(-3)]).toEqual([31, 95, 2]);
    expect([...pixels.subarray(32 * 96 * 3, 32 * 96 * 3 + 3)]).toEqual([0, 0, 2]);
  });

  it('have rows and columns also where they are as thin as a thread', () => {
    const shape = (one: SmallPicture) => {
      const { width, height } = joinContents([one], input, free, createRoom());
      return { width, height };
    };
    expect(shape(picture(96, 0.2))).toEqual({ width: 96, height: 32 });
    expect(shape(picture(0.2, 64))).toEqual({ width: 32, height: 64 });
  });

  it('keep the rows of an upright picture together', () => {
    const { pixels, ...shape } = joinContents([picture(33, 64)], input, free, createRoom());
    expect(shape).toEqual({ count: 1, width: 64, height: 64 });
    expect([...pixels.subarray(64 * 3, 64 * 3 + 3)]).toEqual([1, 0, 0]);
    expect([...pixels.subarray(63 * 3, 64 * 3)]).toEqual([0, 63, 0]);
  });

  it('go in whole where they fill the input or the model takes one size only', () => {
    const whole = { count: 1, width: 96, height: 64 };
    expect(joinContents([picture(96, 64)], input, free, createRoom())).toMatchObject(whole);
    expect(
      joinContents([picture(96, 20)], input, { size: input, multipleOf: 1 }, createRoom()),
    ).toMatchObject(whole);
  });

  it('keep the multiples that the model asks for', () => {
    expect(
      joinContents([picture(96, 20)], input, { size: 'any', multipleOf: 48 }, createRoom()),
    ).toMatchObject({
      width: 96,
      height: 48,
    });
    expect(
      joinContents([picture(96, 20)], input, { size: 'any', multipleOf: 16 }, createRoom()),
    ).toMatchObject({
      height: 32,
    });
  });
});
