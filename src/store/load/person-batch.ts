import { REF_BYTES } from '../keys/secrets.ts';

/** Rows of some persons as they are on the disk, in memory that threads share. Written and read by one at a time. */
export interface PersonBatch {
  /** Adds a person; false, and nothing is added, where a batch that is not empty has no room. What does not fit into an empty one makes it larger. */
  add(person: PersonRow): boolean;
  clear(): void;
  /** The rows, and as much room behind them for the vectors that are in them (`vectorsIn`). */
  readonly memory: SharedArrayBuffer;
  /** Bytes of rows that are in use. */
  readonly length: number;
}

/** One person's row. */
export interface PersonRow {
  readonly ref: Buffer;
  readonly record: Buffer;
}

/** Some milliseconds of work, and small beside a gallery. */
const BATCH_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + REF_BYTES;

/** An empty batch. Layout for each person: bytes of the record u32 little endian, reference, record. */
export function createPersonBatch(): PersonBatch {
  let memory = new SharedArrayBuffer(2 * BATCH_BYTES);
  let bytes = rowBytes(memory);
  let length = 0;

  return {
    add: ({ ref, record }) => {
      const end = length + HEAD_BYTES + record.length;
      if (end > bytes.length) {
        if (length > 0) return false;
        memory = new SharedArrayBuffer(2 * alignUp(end));
        bytes = rowBytes(memory);
      }
      bytes.writeUInt32LE(record.length, length);
      bytes.set(ref, length + LENGTH_BYTES);
      bytes.set(record, length + HEAD_BYTES);
      length = end;
      return true;
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

/** Where the vectors of a batch go, one behind the other: a record is longer than the vectors in it, so there is room for all. */
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
export function* rowsOf({ memory, length }: Pick<PersonBatch, 'memory' | 'length'>): Generator<PersonRow> {
  const bytes = Buffer.from(memory, 0, length);
  for (let at = 0; at < length; ) {
    const start = at + HEAD_BYTES;
    const end = start + bytes.readUInt32LE(at);
    at = end;
    yield { ref: bytes.subarray(start - REF_BYTES, start), record: bytes.subarray(start, end) };
  }
}
