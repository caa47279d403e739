import { Busboy } from '@fastify/busboy';
import { FacegateError } from '../domain/errors.ts';
import { MAX_FIELD_BYTES, MAX_FIELDS, type RawForm } from './form.ts';
import type { ImageRoom } from './image-room.ts';

const MAX_PARTS = 20;
const MAX_HEADER_PAIRS = 16;
const MAX_HEADER_BYTES = 4096;
// RFC 2046 5.1.1; the parser's search costs up to body length times boundary length.
const MAX_BOUNDARY = 70;
const STUCK_MS = 2000;
/** Taken in one go, so that limits are noticed soon: 16 KiB of boundaries alone, each a part, take the parser up to 90 ms. */
const STEP_BYTES = 2048;

const MALFORMED = 'The multipart form is malformed or incomplete; send it again with its boundary and end.';

/** Reads a multipart/form-data body as it arrives: at most one file, which goes into `room`, 16 fields of 4 KiB and 20 parts. Throws invalid_request, overloaded. */
export async function readMultipart(
  chunks: AsyncIterable<Uint8Array>,
  contentType: string,
  room: ImageRoom,
): Promise<RawForm> {
  const boundary = boundaryOf(contentType);
  const fields: [string, string][] = [];
  let fileName: string | undefined;
  let refusal: unknown;
  let wake = () => {};
  const fail = (error: unknown) => {
    refusal ??= error;
    wake();
  };
  const refuse = (message: string) => fail(new FacegateError('invalid_request', message));

  const parser = new Busboy({
    headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
    limits: {
      files: 1,
      fields: MAX_FIELDS,
      fieldSize: MAX_FIELD_BYTES,
      parts: MAX_PARTS,
      headerPairs: MAX_HEADER_PAIRS,
      headerSize: MAX_HEADER_BYTES,
    },
  });
  parser.on('field', (name: string | undefined, value, _nameTruncated, valueTruncated) => {
    if (name === undefined) refuse(MALFORMED);
    else if (valueTruncated)
      refuse(`A field of the form is longer than ${MAX_FIELD_BYTES} bytes; shorten it.`);
    else fields.push([name, value]);
  });
  parser.on('file', (name: string | undefined, stream, filename: string | undefined) => {
    stream.on('error', () => refuse(MALFORMED));
    if (name !== 'image_path') return void stream.resume();
    fileName = filename ?? '';
    stream.on('data', (part: Uint8Array) => {
      try {
        room.add(part);
      } catch (error) {
        fail(error);
      }
    });
  });
  parser.on('filesLimit', () => refuse('The form holds more than one file; send one image.'));
  parser.on('fieldsLimit', () => refuse(`The form holds more than ${MAX_FIELDS} fields; send fewer.`));
  parser.on('partsLimit', () => refuse(`The form holds more than ${MAX_PARTS} parts; send fewer.`));
  parser.on('error', () => refuse(MALFORMED));

  /** Waits for the parser to take what it was handed; some broken forms make it fall silent for good. */
  const taken = async (hand: (done: () => void) => void) => {
    await new Promise<void>(resolve => {
      const timer = setTimeout(() => refuse(MALFORMED), STUCK_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      hand(wake);
    });
    if (refusal !== undefined) throw refusal;
  };

  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += STEP_BYTES)
      await taken(done => parser.write(chunk.subarray(at, at + STEP_BYTES), done));
  await taken(done => parser.once('finish', done).end());
  return { fields, ...(fileName !== undefined && { file: { name: fileName, bytes: room.bytes } }) };
}

function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"\\]+)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined || boundary.length > MAX_BOUNDARY)
    throw new FacegateError(
      'invalid_request',
      `The Content-Type of the form needs a boundary of 1 to ${MAX_BOUNDARY} characters.`,
    );
  return boundary;
}
