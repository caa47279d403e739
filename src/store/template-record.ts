import type { Template } from '../domain/person.ts';

const VERSION = 2;
const HEADER_BYTES = 18;

/**
 * A template as bytes, little endian: version u8, bytes of the customer id u8, bytes of the model id u16, dimension u32, norm f64,
 * bytes of the template's and of the person's id u8 each, those four ids in UTF-8 (customer, model, template, person), the vector in float32.
 */
export function templateBytes(template: Template): Buffer {
  const { modelId, vector } = template.embedding;
  const ids = [template.customerId, modelId, template.id, template.personId].map(id =>
    Buffer.from(id, 'utf8'),
  );
  const [customer, model, own, person] = ids;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeUInt8(customer.length, 1);
  header.writeUInt16LE(model.length, 2);
  header.writeUInt32LE(vector.length, 4);
  header.writeDoubleLE(template.norm, 8);
  header.writeUInt8(own.length, 16);
  header.writeUInt8(person.length, 17);
  const values = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return Buffer.concat([header, ...ids, values]);
}

/** The template of `templateBytes`. */
export function templateOf(bytes: Buffer): Template {
  let at = HEADER_BYTES;
  const next = (length: number): string => {
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const customerId = next(bytes.readUInt8(1));
  const modelId = next(bytes.readUInt16LE(2));
  const id = next(bytes.readUInt8(16));
  const personId = next(bytes.readUInt8(17));
  const vector = new Float32Array(bytes.readUInt32LE(4));
  Buffer.from(vector.buffer).set(bytes.subarray(at, at + vector.byteLength));
  return { id, personId, customerId, embedding: { modelId, vector }, norm: bytes.readDoubleLE(8) };
}
