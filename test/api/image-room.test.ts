import { describe, expect, it } from 'vitest';
import { createImageRooms } from '../../src/api/image-room.ts';

const MiB = 1024 * 1024;
const filled = (value: number, bytes = MiB) => Buffer.alloc(bytes, value);

describe('room for an uploaded image', () => {
  it('holds what came, in the order it came, also where the pieces are used again', () => {
    const room = createImageRooms(8 * MiB).open();
    const piece = Buffer.alloc(100_000);
    for (let value = 1; value <= 20; value++) room.add(piece.fill(value));
    const expected = Buffer.concat(Array.from({ length: 20 }, (_, at) => filled(at + 1, 100_000)));
    expect(expected.equals(room.bytes)).toBe(true);
  });

  it('is empty before anything came', () => {
    expect(createImageRooms(8 * MiB).open().bytes).toHaveLength(0);
  });

  it('holds as much as one image may have, to the byte', () => {
    const room = createImageRooms(1000).open();
    room.add(filled(1, 1000));
    expect(room.bytes).toHaveLength(1000);
  });

  it('gives its memory back at once, also to who still holds the bytes', () => {
    const rooms = Array.from({ length: 4 }, () => createImageRooms(8 * MiB).open());
    const resident = () => process.memoryUsage.rss() / MiB;
    for (const room of rooms) room.add(filled(1, 8 * MiB));
    const held = rooms.map(room => room.bytes);
    const before = resident();
    for (const room of rooms) room.free();
    expect(before - resident()).toBeGreaterThan(28);
    expect(held.map(({ length }) => length)).toEqual([0, 0, 0, 0]);
  });

  it('is refused where all images together take more than 24 MiB, until one of them is gone', () => {
    const rooms = createImageRooms(8 * MiB);
    const three = Array.from({ length: 3 }, () => rooms.open());
    for (const room of three) for (let i = 0; i < 8; i++) room.add(filled(i));
    const fourth = rooms.open();
    expect(() => fourth.add(filled(1, 1))).toThrow('Too many uploads');
    three[0]!.free();
    three[0]!.free();
    for (let i = 0; i < 8; i++) fourth.add(filled(i));
    expect(() => rooms.open().add(filled(1, 1))).toThrow('Too many uploads');
  });

  it('is there for one image of any size that is allowed', () => {
    const room = createImageRooms(64 * MiB).open();
    for (let i = 0; i < 64; i++) room.add(filled(i));
    expect(room.bytes).toHaveLength(64 * MiB);
    room.free();
  });
});
