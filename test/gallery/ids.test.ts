import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { imageName, randomUuid, timeUuid } from '../../src/gallery/ids.ts';

describe('ids', () => {
  it('are UUIDs of their version that do not repeat', () => {
    const random = Array.from({ length: 500 }, () => randomUuid(randomBytes));
    const timed = Array.from({ length: 500 }, () => timeUuid(1_700_000_000_000, randomBytes));
    for (const id of random)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const id of timed) expect(id).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set([...random, ...timed]).size).toBe(1000);
  });

  it('that hold a time are ordered by it', () => {
    const ids = [0, 1, 255, 256, 1_700_000_000_000, 2 ** 47].map(now => timeUuid(now, randomBytes));
    expect([...ids].sort()).toEqual(ids);
  });
});

describe('the name of an image', () => {
  it.each([
    ['photo.jpg', 'photo'],
    ['my photo (1).final.jpeg', 'myphoto1.final'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\face.png', 'face'],
    ['\u00e4\u4e2d\n.jpg', 'image'],
    ['', 'image'],
    ['.jpg', 'image'],
    ['a\0b.jpg', 'ab'],
    ['x'.repeat(300), 'x'.repeat(64)],
  ])('made of %j is enroll/%s and seven letters or digits', (name, base) => {
    const made = imageName({ name, extension: 'jpg' }, randomBytes);
    expect(made.startsWith(`enroll/${base}_`)).toBe(true);
    expect(made.slice(`enroll/${base}_`.length)).toMatch(/^[A-Za-z0-9]{7}\.jpg$/);
  });

  it('takes every letter and digit equally often', () => {
    let next = 0;
    const everyByte = (count: number) => Uint8Array.from({ length: count }, () => next++ % 256);
    const counts = new Map<string, number>();
    for (let i = 0; i < 248; i++)
      for (const letter of imageName({ name: 'a', extension: 'png' }, everyByte).slice(9, 16))
        counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(62);
    expect(new Set(counts.values())).toEqual(new Set([28]));
  });
});
