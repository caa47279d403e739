import { describe, expect, it } from 'vitest';
import type { SmallPicture } from '../../src/engine/decoding.ts';
import { batchShape } from '../../src/engine/letterbox.ts';

const picture = (width: number, height: number): SmallPicture => ({
  image: { format: 'rgb24', width, height, data: new Uint8Array() },
  fullWidth: width * 2,
  fullHeight: height * 2,
  scale: 0.5,
});
const free = { size: 'any', multipleOf: 1 } as const;

describe('the shape of a batch', () => {
  it('has room for the widest and the highest picture and little more, in few sizes', () => {
    expect(batchShape([picture(96, 20), picture(90, 31)], free)).toEqual({ count: 2, width: 96, height: 48 });
    expect(batchShape([picture(33, 64)], free)).toEqual({ count: 1, width: 48, height: 72 });
  });

  it.each([
    ['16:9', 480, 270, 288],
    ['4:3', 480, 360, 360],
    ['an upload of 3:2', 640, 427, 432],
  ])('costs a camera of %s next to no padding', (_what, width, height, padded) => {
    expect(batchShape([picture(width, height)], free).height).toBe(padded);
  });

  it('is the size of the model that takes no other', () => {
    const size = { width: 128, height: 96 };
    expect(batchShape([picture(96, 20)], { size, multipleOf: 1 })).toEqual({ count: 1, ...size });
  });

  it('keeps the multiples that the model asks for', () => {
    const multipleOf = (step: number) => batchShape([picture(90, 20)], { size: 'any', multipleOf: step });
    expect(multipleOf(32)).toMatchObject({ width: 96, height: 32 });
    expect(multipleOf(8)).toMatchObject({ width: 96, height: 24 });
  });
});
