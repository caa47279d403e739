import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFramePool, type FrameBuffers } from '../../src/ingest/frame-pool.ts';
import { createFrameReader } from '../../src/ingest/frame-reader.ts';

const SMALL = { width: 4, height: 2 };
const FULL = { width: 8, height: 4 };
const BYTES = { small: (4 * 2 * 3) / 2, full: (8 * 4 * 3) / 2 };
const GEOMETRY = { small: SMALL, full: FULL };

/** The stream of `count` frames whose bytes are all the frame's number. */
function stream(part: 'small' | 'full', count: number): Uint8Array {
  return Uint8Array.from({ length: count * BYTES[part] }, (_, at) => Math.floor(at / BYTES[part]));
}

function uniform(bytes: Uint8Array): number {
  expect(new Set(bytes).size).toBe(1);
  return bytes[0]!;
}

describe('the frame reader', () => {
  it('pairs small and full pictures however the bytes arrive', () => {
    const pieces = fc.array(fc.record({ small: fc.boolean(), bytes: fc.integer({ min: 1, max: 60 }) }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), pieces, (count, plan) => {
        const pool = createFramePool(GEOMETRY, true, 8);
        const seen: number[] = [];
        const reader = createFrameReader({
          pool,
          onFrame: buffers => {
            expect(uniform(buffers.small.data)).toBe(uniform(buffers.full.data));
            seen.push(buffers.small.data[0]!);
            pool.release(buffers);
          },
          onNoBuffers: () => {},
          onSkipped: () => expect.unreachable(),
        });
        const left = { small: stream('small', count), full: stream('full', count) };
        const feed = (part: 'small' | 'full', bytes: number) => {
          const read = part === 'small' ? reader.readSmall : reader.readFull;
          read(left[part].subarray(0, bytes));
          left[part] = left[part].subarray(bytes);
        };
        for (const { small, bytes } of plan) feed(small ? 'small' : 'full', bytes);
        feed('small', left.small.length);
        feed('full', left.full.length);
        expect(seen).toEqual(Array.from({ length: count }, (_, at) => at));
      }),
    );
  });

  it('never writes into buffers that are held, and counts what finds none', () => {
    const pool = createFramePool(GEOMETRY, true, 3);
    const held: FrameBuffers[] = [];
    let skipped = 0;
    const reader = createFrameReader({
      pool,
      onFrame: buffers => void held.push(buffers),
      onNoBuffers: () => {},
      onSkipped: () => skipped++,
    });
    for (let frame = 0; frame < 10; frame++) {
      reader.readSmall(new Uint8Array(BYTES.small).fill(frame));
      reader.readFull(new Uint8Array(BYTES.full).fill(frame));
    }
    expect(held.map(({ small }) => uniform(small.data))).toEqual([0, 1, 2]);
    expect(held.map(({ full }) => uniform(full.data))).toEqual([0, 1, 2]);
    expect(skipped).toBe(7);
  });

  it('asks for buffers to be freed before it skips a frame', () => {
    const pool = createFramePool(GEOMETRY, true, 3);
    const held: FrameBuffers[] = [];
    const reader = createFrameReader({
      pool,
      onFrame: buffers => void held.push(buffers),
      onNoBuffers: () => pool.release(held.pop()!),
      onSkipped: () => expect.unreachable(),
    });
    for (let frame = 0; frame < 5; frame++) {
      reader.readSmall(new Uint8Array(BYTES.small).fill(frame));
      reader.readFull(new Uint8Array(BYTES.full).fill(frame));
    }
    expect(held.map(({ full }) => uniform(full.data)).at(-1)).toBe(4);
  });

  it('gives back the buffers of a frame that was never finished', () => {
    const pool = createFramePool(GEOMETRY, true, 3);
    const reader = createFrameReader({
      pool,
      onFrame: () => expect.unreachable(),
      onNoBuffers: () => {},
      onSkipped: () => {},
    });
    reader.readSmall(stream('small', 1));
    reader.readFull(stream('full', 1).subarray(1));
    reader.close();
    reader.readFull(new Uint8Array(500));
    expect([pool.acquire(), pool.acquire(), pool.acquire()]).not.toContain(undefined);
    expect(pool.acquire()).toBeUndefined();
  });
});
