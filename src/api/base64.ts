import { FacegateError } from '../domain/errors.ts';

const DATA_URI = /^data:[^,]{0,200};base64,/i;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 64;
const WHITE_SPACE = 65;
const NEITHER = 255;
const VALUES = valuesOf();

/** Reads base64 (either alphabet, padding optional, white space ignored), or a data: URI with it, piece by piece. */
export interface Base64Reader {
  /** The first piece holds all that comes before the digits. Throws invalid_request for what is no base64. */
  take(piece: string): void;
  /** Throws invalid_request where the bytes end within one, or there are none. */
  end(): void;
}

/** A reader of an image as text; `add` is lent the bytes, a piece at a time. */
export function createBase64Reader(add: (bytes: Uint8Array) => void): Base64Reader {
  let bytes = new Uint8Array(0);
  let isFirst = true;
  let digits = 0;
  let padding = 0;
  let group = 0;
  return {
    take(piece) {
      const text = isFirst ? piece.replace(DATA_URI, '') : piece;
      isFirst = false;
      const most = Math.ceil((text.length * 3) / 4) + 3;
      if (bytes.length < most) bytes = new Uint8Array(most);
      let filled = 0;
      for (let i = 0; i < text.length; i++) {
        const value = VALUES[text.charCodeAt(i)] ?? NEITHER;
        if (value < PADDING) {
          if (padding > 0) throw notBase64();
          group = (group << 6) | value;
          if (++digits % 4 > 0) continue;
          bytes[filled++] = group >> 16;
          bytes[filled++] = group >> 8;
          bytes[filled++] = group;
          group = 0;
        } else if (value === PADDING) {
          if (++padding > 2) throw notBase64();
        } else if (value !== WHITE_SPACE) throw notBase64();
      }
      add(bytes.subarray(0, filled));
    },
    end() {
      const left = digits % 4;
      if (digits === 0 || left === 1) throw notBase64();
      // Two digits left are one byte and 4 bits of nothing, three are two bytes and 2 bits (RFC 4648, 4).
      if (left === 2) add(Uint8Array.of(group >> 4));
      if (left === 3) add(Uint8Array.of(group >> 10, group >> 2));
    },
  };
}

/** What each ASCII character is worth. */
function valuesOf(): Uint8Array {
  const values = new Uint8Array(128).fill(NEITHER);
  for (const [value, digit] of [...DIGITS].entries()) values[digit.charCodeAt(0)] = value;
  // The alphabet for file names (RFC 4648, 5).
  for (const [value, digit] of [...'-_'].entries()) values[digit.charCodeAt(0)] = 62 + value;
  values['='.charCodeAt(0)] = PADDING;
  for (const space of ' \t\r\n') values[space.charCodeAt(0)] = WHITE_SPACE;
  return values;
}

function notBase64(): FacegateError {
  return new FacegateError(
    'invalid_request',
    'image_path must hold the image itself as base64 or a data: URI; the service opens no path or URL.',
  );
}
