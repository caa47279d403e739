import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/domain/image.ts';
import { createLightOrWhole } from '../../src/ingest/light-or-whole.ts';

/** A place, and what became of the frames that were put into it; `taken` are those that somebody took at once. */
function scene(isWholeWanted: () => boolean) {
  const place = createLightOrWhole(isWholeWanted);
  const released: string[] = [];
  const put = (kind: 'light' | 'whole', at: number) => {
    const image = { format: 'yuv420p', width: 2, height: 2, data: new Uint8Array(6) } as const;
    const name = `${kind} ${at}`;
    const frame: Frame & { name: string } = {
      ...{ name, cameraId: 'door', sequence: at, capturedAt: at, small: image, full: image, scale: 1 },
      isWhole: kind === 'whole',
      release: () => void released.push(name),
    };
    place.put(frame);
  };
  const take = () => (place.take() as (Frame & { name: string }) | undefined)?.name;
  return { place, put, take, released };
}

describe('light and whole frames of one stream', () => {
  it('are given as they come while whole ones are not wanted', () => {
    const { put, take } = scene(() => false);
    put('light', 1000);
    expect(take()).toBe('light 1000');
    put('light', 1200);
    expect(take()).toBe('light 1200');
  });

  it('give no light ones while whole ones come', () => {
    const { put, take, released } = scene(() => true);
    put('whole', 1000);
    expect(take()).toBe('whole 1000');
    put('light', 1100);
    put('light', 1300);
    expect(take()).toBeUndefined();
    expect(released).toEqual(['light 1100', 'light 1300']);
  });

  it('give light ones when the wanted whole ones stay away', () => {
    const { put, take } = scene(() => true);
    put('whole', 1000);
    expect(take()).toBe('whole 1000');
    put('light', 2000);
    expect(take()).toBe('light 2000');
  });

  it('are one picture where they meet: the whole one, while nobody has taken the light one', () => {
    const { put, take, released } = scene(() => true);
    put('light', 1000);
    put('whole', 1002);
    expect(take()).toBe('whole 1002');
    expect(released).toEqual(['light 1000']);
  });

  it('are one picture where they meet: the light one, once it was taken', () => {
    const { put, take, released } = scene(() => true);
    put('light', 1000);
    expect(take()).toBe('light 1000');
    put('whole', 1002);
    expect(take()).toBeUndefined();
    expect(released).toEqual(['whole 1002']);
    put('light', 1200);
    expect(take()).toBeUndefined();
    put('whole', 1203);
    expect(take()).toBe('whole 1203');
  });

  it('give the light one that follows a whole one at once no second time', () => {
    const { put, take, released } = scene(() => false);
    put('whole', 1000);
    put('light', 1001);
    expect(take()).toBe('whole 1000');
    expect(released).toEqual(['light 1001']);
    put('light', 1200);
    expect(take()).toBe('light 1200');
  });

  it('count as dropped only what nobody took in time', () => {
    const { place, put } = scene(() => false);
    put('light', 1000);
    put('light', 1200);
    put('whole', 1400);
    put('light', 1401);
    expect(place.dropped).toBe(2);
  });
});
