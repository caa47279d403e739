import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../domain/errors.ts';

const MAX_PUNCTUATION = 1000;
const PADDING = '='.charCodeAt(0);
const BASE64_DIGIT = oneOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_');
const WHITE_SPACE = oneOf(' \t\r\n');
const DATA_URI = /^data:[^,]{0,200};base64,/i;

/** Parses a JSON body that must be one object. Throws invalid_request. */
export async function readJson(bytes: Uint8Array): Promise<Record<string, unknown>> {
  refuseWide(bytes);
  // All of it for megabytes in one turn would hold everything else up for too long.
  await setImmediate();
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    await setImmediate();
    value = JSON.parse(text);
  } catch {
    throw invalid('The body is not valid JSON in UTF-8; send one object.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('The JSON body must be one object with the fields of the form.');
  return value as Record<string, unknown>;
}

/** The bytes of an image given as base64 (either alphabet, padding optional, white space ignored) or as a data: URI. Throws invalid_request. */
export function imageFromText(text: string): Uint8Array {
  const base64 = text.replace(DATA_URI, '');
  const digits = countDigits(base64);
  if (digits === 0 || digits % 4 === 1)
    throw invalid(
      'image_path must hold the image itself as base64 or a data: URI; the service opens no path or URL.',
    );
  return Buffer.from(base64, 'base64');
}

/** How many base64 digits the text holds, 0 where anything but white space and final padding stands between; a regular expression is too slow for megabytes of white space. */
function countDigits(text: string): number {
  let digits = 0;
  let padding = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (BASE64_DIGIT[code] === 1 && padding === 0) digits++;
    else if (code === PADDING && padding < 2) padding++;
    else if (WHITE_SPACE[code] !== 1) return 0;
  }
  return digits;
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

/** A table that holds 1 at the codes of these characters. */
function oneOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
