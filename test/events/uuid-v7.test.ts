import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidV7Source } from '../../src/events/uuid-v7.ts';

const LAYOUT = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('UUIDs version 7', () => {
  it('lays its fields out as the example of RFC 9562, appendix A.6', () => {
    const random = Uint8Array.from([
      0, 0, 0, 0, 0, 0, 0xc, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f,
    ]);
    const next = uuidV7Source({ now: () => 0x017f22e279b0, fillRandom: bytes => bytes.set(random) });
    // The example's rand_a is 0xCC3; a new millisecond starts its counter in the lower half: 0x4C3.
    expect(next()).toBe('017f22e2-79b0-74c3-98c4-dc0c0c07398f');
  });

  it('carries the time, the version and the variant, and is unique', () => {
    const next = uuidV7Source({ now: Date.now });
    const before = Date.now();
    const ids = Array.from({ length: 10_000 }, next);
    for (const id of ids) expect(id).toMatch(LAYOUT);
    const millis = Number.parseInt(ids[0].replaceAll('-', '').slice(0, 12), 16);
    expect(millis).toBeGreaterThanOrEqual(before);
    expect(millis).toBeLessThanOrEqual(Date.now());
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('grows within a millisecond, past the end of its counter and when the clock steps back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 45 }), { minLength: 2, maxLength: 50 }), times => {
        let now = 0;
        const next = uuidV7Source({ now: () => now });
        const ids: string[] = [];
        for (now of times) ids.push(next());
        expect(ids).toEqual([...ids].sort());
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
    const next = uuidV7Source({ now: () => 5 });
    const ids = Array.from({ length: 9000 }, next);
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });
});
