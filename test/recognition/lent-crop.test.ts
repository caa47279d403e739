import { describe, expect, it } from 'vitest';
import type { Image } from '../../src/domain/image.ts';
import { lendCrop } from '../../src/recognition/lent-crop.ts';

const BOX = { left: 0, top: 0, right: 1, bottom: 1 };
const PICTURE: Image = { format: 'rgb24', width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };

function lent() {
  const cuts: Image[] = [];
  const crop = lendCrop(PICTURE, BOX, (picture, box) => {
    expect([picture, box]).toEqual([PICTURE, BOX]);
    cuts.push({ ...picture });
    return cuts.at(-1)!;
  });
  return { ...crop, cuts };
}

describe('a crop of a picture that is lent', () => {
  it('is cut when it is first asked for, and once', () => {
    const { crop, cuts } = lent();
    expect(cuts).toHaveLength(0);
    expect(crop()).toBe(crop());
    expect(cuts).toHaveLength(1);
  });

  it('stays when the picture goes back', () => {
    const { crop, end, cuts } = lent();
    crop();
    end();
    expect(crop()).toBe(cuts[0]);
  });

  it('is never cut of a picture that went back: it may show somebody else by now', () => {
    const { crop, end, cuts } = lent();
    end();
    expect([crop(), cuts.length]).toEqual([undefined, 0]);
  });
});
