import { FacegateError } from '../domain/errors.ts';

const MAX_PUNCTUATION = 1000;
const DATA_URI = /^data:[^,]{0,200};base64,/i;

/** Parses a JSON body that must be one object. Throws invalid_request. */
export function readJson(bytes: Uint8Array): Record<string, unknown> {
  refuseWide(bytes);
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

/** The bytes of an image given as base64 (either alphabet, padding optional, white space ignored) or as a data: URI. Throws invalid_request. */
export function imageFromText(text: string): Uint8Array {
  const base64 = text
    .replace(DATA_URI, '')
    .replaceAll(/\s+/g, '')
    .replace(/={1,2}$/, '');
  if (base64 === '' || base64.length % 4 === 1 || /[^A-Za-z0-9+/_-]/.test(base64))
    throw invalid(
      'image_path must hold the image itself as base64 or a data: URI; the service opens no path or URL.',
    );
  return Buffer.from(base64, 'base64');
}

/** Megabytes of brackets, numbers or keys take seconds to parse; the flat object that is asked for has little punctuation. */
function refuseWide(bytes: Uint8Array): void {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 0x22 || byte === 0x2c || byte === 0x5b || byte === 0x7b) count++;
  }
  if (count > MAX_PUNCTUATION) throw invalid('The JSON body holds too many values; send one flat object.');
}

function invalid(message: string): FacegateError {
  return new FacegateError('invalid_request', message);
}
