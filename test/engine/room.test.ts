import { describe, expect, it } from 'vitest';
import { createRoom } from '../../src/engine/room.ts';

describe('a room', () => {
  it('is the same memory each time, and as long as was asked for', () => {
    const room = createRoom();
    const first = room.take(12);
    expect(first.length).toBe(12);
    expect(room.take(5).buffer).toBe(first.buffer);
    expect(room.take(5).length).toBe(5);
    expect(room.take(13).length).toBe(13);
  });
});
