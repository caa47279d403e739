import { REF_BYTES } from '../keys/secrets.ts';

/** Rows of some persons as they are on the disk, in memory that threads share. Written and read by one at a time. */
export interface PersonBatch {
  /**
   * Adds a person with none of their templates yet; false, and nothing is added, where a batch that is not empty has no room. What does not
   * fit into an empty one makes it larger.
   */
  addPerson(ref: Uint8Array, record: Uint8Array): boolean;
  /** Adds a template of the person added last, `ref` being its own reference. */
  addTemplate(ref: Uint8Array, record: Uint8Array): void;
  clear(): void;
  /** The rows, and as much room behind them for the vectors that are in them (`vectorsIn`). */
  readonly memory: SharedArrayBuffer;
  /** Bytes of rows that are in use. */
  readonly length: number;
}

/** One person's rows. */
export interface PersonRows {
  readonly ref: Buffer;
  readonly record: Buffer;
  readonly templates: readonly { readonly ref: Buffer; readonly record: Buffer }[];
}

/** Some milliseconds of work, and small beside a gallery. */
const BATCH_BYTES = 256 * 1024;
const NUMBER_BYTES = 4;

/**
 * An empty batch. Layout, little endian, for each person: templates u32, bytes of the record u32, reference, record; for each of their
 * templates: bytes of the record u32, reference, record.
 */
export function createPersonBatch(): PersonBatch {
  let memory = new SharedArrayBuffer(2 * BATCH_BYTES);
  let bytes = rowBytes(memory);
  let length = 0;
  let person = 0;

  const makeRoom = (needed: number): void => {
    if (length + needed <= bytes.length) return;
    memory = new SharedArrayBuffer(4 * alignUp(length + needed));
    const larger = rowBytes(memory);
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  };

  const put = (ref: Uint8Array, record: Uint8Array): void => {
    length = bytes.writeUInt32LE(record.length, length);
    bytes.set(ref, length);
    bytes.set(record, length + REF_BYTES);
    length += REF_BYTES + record.length;
  };

  return {
    addPerson: (ref, record) => {
      const needed = 2 * NUMBER_BYTES + REF_BYTES + record.length;
      if (length > 0 && length + needed > BATCH_BYTES) return false;
      makeRoom(needed);
      person = length;
      length = bytes.writeUInt32LE(0, length);
      put(ref, record);
      return true;
    },
    addTemplate: (ref, record) => {
      makeRoom(NUMBER_BYTES + REF_BYTES + record.length);
      bytes.writeUInt32LE(bytes.readUInt32LE(person) + 1, person);
      put(ref, record);
    },
    clear: () => {
      length = 0;
    },
    get memory() {
      return memory;
    },
    get length() {
      return length;
    },
  };
}

/** Where the vectors of a batch go, one behind the other: a record is longer than the vector in it, so there is room for all. */
export function vectorsIn({ memory }: Pick<PersonBatch, 'memory'>): Float32Array<SharedArrayBuffer> {
  return new Float32Array(memory, memory.byteLength / 2);
}

function rowBytes(memory: SharedArrayBuffer): Buffer {
  return Buffer.from(memory, 0, memory.byteLength / 2);
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / Float32Array.BYTES_PER_ELEMENT) * Float32Array.BYTES_PER_ELEMENT;
}

/** The persons of a batch in the order in which they were added; the buffers are parts of it. */
export function* rowsOf({ memory, length }: Pick<PersonBatch, 'memory' | 'length'>): Generator<PersonRows> {
  const bytes = Buffer.from(memory, 0, length);
  let at = 0;
  const number = (): number => {
    at += NUMBER_BYTES;
    return bytes.readUInt32LE(at - NUMBER_BYTES);
  };
  const row = () => {
    const start = at + NUMBER_BYTES + REF_BYTES;
    const end = start + number();
    at = end;
    return { ref: bytes.subarray(start - REF_BYTES, start), record: bytes.subarray(start, end) };
  };
  while (at < length) {
    const templates = number();
    yield { ...row(), templates: Array.from({ length: templates }, row) };
  }
}
