import { FacegateError } from '../domain/errors.ts';

/** Longest value of a form field in bytes. */
export const MAX_FIELD_BYTES = 4096;

/** Most fields of one form. */
export const MAX_FIELDS = 16;

/** What a form held, in the order it came: names and values undone of their encoding, and the file part `image_path`. */
export interface RawForm {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly file?: { readonly name: string; readonly bytes: Uint8Array };
}

/** Bytes that an urlencoded form within the limits may take: every byte percent-encoded, and some for the names. */
export const MAX_URLENCODED_BYTES = MAX_FIELDS * (MAX_FIELD_BYTES + 128) * 3;

/** Reads an application/x-www-form-urlencoded body. Throws invalid_request for broken encodings and beyond the limits. */
export function readUrlencoded(bytes: Uint8Array): RawForm {
  const text = Buffer.from(bytes).toString('latin1');
  const pairs = text.split('&', MAX_FIELDS + 1).filter(pair => pair !== '');
  if (pairs.length > MAX_FIELDS) throw invalid(`The form holds more than ${MAX_FIELDS} fields; send fewer.`);
  return {
    fields: pairs.map(pair => {
      const at = pair.indexOf('=');
      const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      return [decoded(name), decoded(value)];
    }),
  };
}

function decoded(text: string): string {
  let value: string;
  try {
    value = decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalid('The form holds a percent-encoding that is not valid UTF-8; encode it as UTF-8.');
  }
  if (Buffer.byteLength(value) > MAX_FIELD_BYTES)
    throw invalid(`A field of the form is longer than ${MAX_FIELD_BYTES} bytes; shorten it.`);
  return value;
}

function invalid(message: string): FacegateError {
  return new FacegateError('invalid_request', message);
}
