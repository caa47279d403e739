import type { Template } from '../domain/person.ts';
import { openRecord, sealRecord } from './record.ts';

const VERSION = 1;
const HEADER_BYTES = 16;

/**
 * A template without its ids (they are the key) as a sealed record, little endian: version u8, bytes of the
 * customer id u8, bytes of the model id u16, dimension u32, norm f64, both ids in UTF-8, the vector in float32.
 */
export function sealTemplate(template: Template): Buffer {
  const { modelId, vector } = template.embedding;
  const customer = Buffer.from(template.customerId, 'utf8');
  const model = Buffer.from(modelId, 'utf8');
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(VERSION, 0);
  header.writeUInt8(customer.length, 1);
  header.writeUInt16LE(model.length, 2);
  header.writeUInt32LE(vector.length, 4);
  header.writeDoubleLE(template.norm, 8);
  const values = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return sealRecord(Buffer.concat([header, customer, model, values]));
}

/** The template of a record; throws `internal` where the record is damaged. */
export function openTemplate(record: Buffer, ids: { id: string; personId: string }): Template {
  const payload = openRecord(record, 'templates');
  const modelAt = HEADER_BYTES + payload.readUInt8(1);
  const vectorAt = modelAt + payload.readUInt16LE(2);
  const vector = new Float32Array(payload.readUInt32LE(4));
  Buffer.from(vector.buffer).set(payload.subarray(vectorAt, vectorAt + vector.byteLength));
  return {
    ...ids,
    customerId: payload.toString('utf8', HEADER_BYTES, modelAt),
    embedding: { modelId: payload.toString('utf8', modelAt, vectorAt), vector },
    norm: payload.readDoubleLE(8),
  };
}
