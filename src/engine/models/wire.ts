/** One field of a protobuf message: a number for wire type 0, bytes otherwise. */
export type Field =
  | { readonly number: number; readonly wire: 0; readonly value: bigint }
  | { readonly number: number; readonly wire: 1 | 2 | 5; readonly value: Uint8Array };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The fields of a message in order. Throws RangeError for bytes that are no protobuf message. Source: protobuf.dev/programming-guides/encoding. */
export function decodeMessage(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) throw new RangeError('the message ends inside a number');
      const byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number is longer than ten bytes');
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('the message ends inside a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) fields.push({ number, wire, value: varint() });
    else if (wire === 2) fields.push({ number, wire, value: take(Number(varint())) });
    else if (wire === 1) fields.push({ number, wire, value: take(8) });
    else if (wire === 5) fields.push({ number, wire, value: take(4) });
    else throw new RangeError(`wire type ${wire} is not known`);
  }
  return fields;
}

/** The bytes of a message with these fields in this order. */
export function encodeMessage(fields: readonly Field[]): Uint8Array {
  const parts = fields.flatMap(field => {
    const key = encodeVarint(BigInt(field.number * 8 + field.wire));
    if (field.wire === 0) return [key, encodeVarint(BigInt.asUintN(64, field.value))];
    if (field.wire === 2) return [key, encodeVarint(BigInt(field.value.length)), field.value];
    return [key, field.value];
  });
  return Buffer.concat(parts);
}

/** A varint field. */
export function integer(number: number, value: number | bigint): Field {
  return { number, wire: 0, value: BigInt(value) };
}

/** A text field. */
export function text(number: number, value: string): Field {
  return { number, wire: 2, value: encoder.encode(value) };
}

/** A field of bytes or of an encoded message. */
export function bytes(number: number, value: Uint8Array): Field {
  return { number, wire: 2, value };
}

/** A field that holds a message. */
export function message(number: number, fields: readonly Field[]): Field {
  return bytes(number, encodeMessage(fields));
}

/** Values of every length-delimited field with this number. */
export function allBytes(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.flatMap(field => (field.number === number && field.wire === 2 ? [field.value] : []));
}

/** Texts of every field with this number. */
export function allTexts(fields: readonly Field[], number: number): string[] {
  return allBytes(fields, number).map(value => decoder.decode(value));
}

/** Integers of a repeated field, whether packed or not. */
export function allIntegers(fields: readonly Field[], number: number): bigint[] {
  return fields.flatMap(field => {
    if (field.number !== number) return [];
    if (field.wire === 0) return [BigInt.asIntN(64, field.value)];
    return field.wire === 2 ? unpack(field.value) : [];
  });
}

function unpack(packed: Uint8Array): bigint[] {
  const values: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of packed) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    values.push(BigInt.asIntN(64, value));
    value = 0n;
    shift = 0n;
  }
  return values;
}

function encodeVarint(value: bigint): Uint8Array {
  const out: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    out.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(out);
}
