import { FacegateError } from '../../domain/errors.ts';
import type { Person, Template } from '../../domain/person.ts';
import { createSealing } from './sealed-record.ts';

/** Name of the table of persons. */
export const PERSONS = 'persons';

/** Whose a record is: what stands for the person in keys, and the key that their records are sealed with. */
export interface Owner {
  readonly ref: Buffer;
  readonly key: Buffer;
}

/** A template whose vector is still bytes: float32, little endian, at any address. */
export interface StoredTemplate extends Pick<Template, 'id' | 'norm'> {
  readonly modelId: string;
  readonly values: Uint8Array;
  /** Whether the image that it was made of is kept. */
  readonly hasImage: boolean;
}

/** A person with the templates of their images. */
export interface StoredPerson {
  readonly person: Person;
  readonly templates: readonly StoredTemplate[];
}

/** Persons as the table keeps them: slot of the key u32, then the sealed person with the seq of the change that wrote it last. */
export interface PersonRecords {
  /** Throws `internal` where the templates are not those of the person's images. */
  seal(owner: Owner, slot: number, seq: number, stored: StoredPerson): Buffer;
  /** The templates come in the order of the images. Throws `internal` for a damaged record. */
  open(owner: Owner, record: Buffer): StoredPerson;
}

/** The slot of the key that a person's record is sealed with. Throws `internal` for a record too short to have one. */
export function slotOf(record: Buffer): number {
  if (record.length >= SLOT_BYTES) return record.readUInt32LE(0);
  throw new FacegateError('internal', `The store holds a damaged record (${PERSONS}); restore a backup.`);
}

/** The records of the table of persons. */
export function createPersonRecords(): PersonRecords {
  const sealing = createSealing(PERSONS, LAYOUT);
  return {
    seal: ({ ref, key }, slot, seq, stored) => {
      const head = Buffer.alloc(SLOT_BYTES);
      head.writeUInt32LE(slot, 0);
      return Buffer.concat([head, sealing.seal(ref, key, bytesOf(seq, stored))]);
    },
    open: ({ ref, key }, record) => storedIn(sealing.open(ref, key, record.subarray(SLOT_BYTES))),
  };
}

/** The template as it is stored. */
export function storedTemplate({ id, norm, embedding }: Template, hasImage: boolean): StoredTemplate {
  const { modelId, vector } = embedding;
  const values = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
  return { id, modelId, norm, values, hasImage };
}

/** The templates of a person, each with a vector of its own. */
export function templatesOf({ person, templates }: StoredPerson): Template[] {
  const { id: personId, customerId } = person;
  return templates.map(({ id, modelId, norm, values }) => {
    const vector = new Float32Array(values.length / VALUE_BYTES);
    new Uint8Array(vector.buffer).set(values);
    return { id, personId, customerId, embedding: { modelId, vector }, norm };
  });
}

/** With it a record from before templates were a part of it is one in the place of another. */
const LAYOUT = 3;
const SLOT_BYTES = 4;
const LENGTH_BYTES = 4;
const VALUE_BYTES = Float32Array.BYTES_PER_ELEMENT;

/** What stands before the vectors; the templates are in the order of the images and have their ids. */
interface Head {
  readonly seq: number;
  readonly person: Person;
  readonly templates: readonly {
    readonly modelId: string;
    readonly norm: number;
    readonly dimension: number;
    readonly hasImage?: true;
  }[];
}

/** Bytes of the head u32 little endian, the head as JSON, the vectors. */
function bytesOf(seq: number, { person, templates }: StoredPerson): Buffer {
  const byId = new Map(templates.map(template => [template.id, template]));
  const own = person.images.map(({ templateId }) => byId.get(templateId)).filter(it => it !== undefined);
  if (own.length !== person.images.length || own.length !== templates.length) throw notTheirs();
  const head: Head = {
    seq,
    person,
    templates: own.map(({ modelId, norm, values, hasImage }) => ({
      modelId,
      norm,
      dimension: values.length / VALUE_BYTES,
      ...(hasImage && { hasImage }),
    })),
  };
  const json = Buffer.from(JSON.stringify(head), 'utf8');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(json.length, 0);
  return Buffer.concat([length, json, ...own.map(({ values }) => values)]);
}

function storedIn(bytes: Buffer): StoredPerson {
  let at = LENGTH_BYTES + bytes.readUInt32LE(0);
  const { person, templates } = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, at)) as Head;
  if (templates.length !== person.images.length) throw notTheirs();
  const stored = templates.map(({ modelId, norm, dimension, hasImage = false }, image) => {
    const values = bytes.subarray(at, at + dimension * VALUE_BYTES);
    at += dimension * VALUE_BYTES;
    return { id: person.images[image].templateId, modelId, norm, values, hasImage };
  });
  if (at !== bytes.length) throw notTheirs();
  return { person, templates: stored };
}

function notTheirs(): FacegateError {
  return new FacegateError('internal', 'A person has not the templates of their images; restore a backup.');
}
