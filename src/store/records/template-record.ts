import type { Template } from '../../domain/person.ts';
import type { Owner } from './person-record.ts';
import { createSealing } from './sealed-record.ts';

/** Name of the table of templates. */
export const TEMPLATES = 'templates';

/** A template whose vector is still bytes: float32, little endian, at any address. */
export interface StoredTemplate extends Pick<Template, 'id' | 'personId' | 'customerId' | 'norm'> {
  readonly modelId: string;
  readonly values: Buffer;
}

/** Templates as the table keeps them, sealed with their person's key; `key` is where one is kept. */
export interface TemplateRecords {
  seal(owner: Owner, key: Buffer, template: Template): Buffer;
  /** Throws `internal` for a damaged record. */
  open(owner: Owner, key: Buffer, record: Buffer): StoredTemplate;
}

/** The records of the table of templates. */
export function createTemplateRecords(): TemplateRecords {
  const sealing = createSealing(TEMPLATES);
  return {
    seal: (owner, key, template) => sealing.seal(key, owner.key, bytesOf(template)),
    open: (owner, key, record) => storedIn(sealing.open(key, owner.key, record)),
  };
}

/** The template with a vector of its own. */
export function templateOf({ modelId, values, ...rest }: StoredTemplate): Template {
  const vector = new Float32Array(values.length / Float32Array.BYTES_PER_ELEMENT);
  Buffer.from(vector.buffer).set(values);
  return { ...rest, embedding: { modelId, vector } };
}

const VERSION = 2;
const HEADER_BYTES = 18;

/**
 * A template as bytes, little endian: version u8, bytes of the customer id u8, bytes of the model id u16, dimension u32, norm f64,
 * bytes of the template's and of the person's id u8 each, those four ids in UTF-8 (customer, model, template, person), the vector in float32.
 */
function bytesOf(template: Template): Buffer {
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

function storedIn(bytes: Buffer): StoredTemplate {
  let at = HEADER_BYTES;
  const next = (length: number): string => {
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const customerId = next(bytes.readUInt8(1));
  const modelId = next(bytes.readUInt16LE(2));
  const id = next(bytes.readUInt8(16));
  const personId = next(bytes.readUInt8(17));
  const length = bytes.readUInt32LE(4) * Float32Array.BYTES_PER_ELEMENT;
  const values = bytes.subarray(at, at + length);
  return { id, personId, customerId, modelId, values, norm: bytes.readDoubleLE(8) };
}
