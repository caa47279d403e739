import { randomUUID } from 'node:crypto';
import { FacegateError } from '../domain/errors.ts';
import { type Base64Reader, createBase64Reader } from './base64.ts';
import { MAX_FIELD_BYTES } from './form.ts';
import type { ImageRoom } from './image-room.ts';
import { withoutLongTexts } from './json-texts.ts';

const IMAGE_FOLLOWS = /"image_path"\s*:\s*"$/;

/** Reads a JSON body that must be one object, and the image in its image_path, as it arrives and into `room`. Throws invalid_request, overloaded. */
export async function readJsonForm(
  chunks: AsyncIterable<Uint8Array>,
  room: ImageRoom,
): Promise<{ readonly record: Record<string, unknown>; readonly image?: Uint8Array }> {
  let long: { readonly standIn: string; readonly reader: Base64Reader } | undefined;
  const rest = await withoutLongTexts(chunks, before => {
    // No field takes so long a text; nobody can know this one, and it is no base64 either.
    const standIn = randomUUID().padEnd(MAX_FIELD_BYTES + 1, '*');
    if (!IMAGE_FOLLOWS.test(before)) return { standIn, take: () => {} };
    // Where there are several the last one counts.
    room.free();
    const reader = createBase64Reader(room.add);
    long = { standIn, reader };
    return { standIn, take: reader.take };
  });
  const record = readJson(rest);
  const text = record.image_path;
  if (typeof text !== 'string' || text === '') return { record };
  const isLong = text === long?.standIn;
  const reader = isLong ? long!.reader : createBase64Reader(room.add);
  if (!isLong) {
    room.free();
    reader.take(text);
  }
  reader.end();
  return { record, image: room.bytes };
}

/** Parses JSON that must be one object; megabytes of it would block the event loop. Throws invalid_request. */
export function readJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid('The body is not valid JSON in UTF-8; send one object.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('The JSON body must be one object with the fields of the form.');
  return value as Record<string, unknown>;
}

function invalid(message: string): FacegateError {
  return new FacegateError('invalid_request', message);
}
