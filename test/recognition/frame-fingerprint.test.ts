import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/recognition/frame-fingerprint.ts';

const rgb = (data: Uint8Array) => ({ format: 'rgb24', width: data.length / 3, height: 1, data }) as const;

describe('the fingerprint of a picture', () => {
  it('depends on its bytes alone, not on where they lie', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (bytes, offset) => {
        const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + offset), offset);
        shared.set(bytes);
        expect(fingerprintOf(rgb(shared))).toBe(fingerprintOf(rgb(bytes)));
      }),
    );
  });

  it('is another when one bit changes, wherever it is', () => {
    const bytes = Uint8Array.from({ length: 203 }, (_, at) => (at * 37) % 256);
    const seen = new Set([fingerprintOf(rgb(bytes))]);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      seen.add(fingerprintOf(rgb(changed)));
    }
    expect(seen.size).toBe(1 + bytes.length * 8);
  });

  it('is another for black pictures of other sizes and for swapped halves', () => {
    const sizes = [0, 3, 6, 12, 300, 303];
    expect(new Set(sizes.map(size => fingerprintOf(rgb(new Uint8Array(size))))).size).toBe(sizes.length);
    const half = new Uint8Array(96).fill(200);
    const [left, right] = [new Uint8Array(192), new Uint8Array(192)];
    left.set(half);
    right.set(half, 96);
    expect(fingerprintOf(rgb(left))).not.toBe(fingerprintOf(rgb(right)));
  });

  it('is a whole number that a double holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
        const fingerprint = fingerprintOf(rgb(bytes));
        expect(Number.isSafeInteger(fingerprint) && fingerprint >= 0).toBe(true);
      }),
    );
  });
});
