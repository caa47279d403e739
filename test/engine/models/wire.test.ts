import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allIntegers,
  bytes,
  decodeMessage,
  encodeMessage,
  type Field,
  integer,
} from '../../../src/engine/models/wire.ts';

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({
    number: fc.integer({ min: 1, max: 4000 }),
    wire: fc.constant(0 as const),
    value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  }),
  fc.record({
    number: fc.integer({ min: 1, max: 4000 }),
    wire: fc.constant(2 as const),
    value: fc.uint8Array(),
  }),
  fc.record({
    number: fc.integer({ min: 1, max: 15 }),
    wire: fc.constant(5 as const),
    value: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  }),
);

const plain = (fields: readonly Field[]) =>
  fields.map(({ number, wire, value }) => [number, wire, typeof value === 'bigint' ? value : [...value]]);

describe('the protobuf wire format', () => {
  it('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(fc.array(field), fields => {
        expect(plain(decodeMessage(encodeMessage(fields)))).toEqual(plain(fields));
      }),
    );
  });

  it('writes what the protobuf documentation shows', () => {
    expect([...encodeMessage([integer(1, 150)])]).toEqual([0x08, 0x96, 0x01]);
  });

  it('reads negative integers, packed or not', () => {
    const minusOne = encodeMessage([integer(1, -1)]).subarray(1);
    expect(allIntegers([integer(7, -1), bytes(7, minusOne)], 7)).toEqual([-1n, -1n]);
  });

  it('refuses bytes that are no message instead of reading past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), junk => {
        try {
          decodeMessage(junk);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
    expect(() => decodeMessage(Uint8Array.of(0x0a, 0x05, 0x01))).toThrow(RangeError);
  });
});
