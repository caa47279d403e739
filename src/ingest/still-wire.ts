import type { ErrorCode } from '../domain/errors.ts';
import type { StillFormat } from './image-format.ts';
import type { Size, StillOptions } from './still.ts';

/** What the decoder is asked; the image's bytes are the body. */
export type StillRequest = StillOptions;

/** What the decoder answers; the body holds the pixels of `full`, then those of `small`, or nothing. */
export type StillAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'still'; readonly format: StillFormat; readonly original: Size; readonly full: Size }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

const PREFIX_BYTES = 8;

/** The start of a message: two lengths (32 bits, little-endian) and the head as JSON; its body follows. */
export function messageStart(head: StillRequest | StillAnswer, bodyBytes: number): Uint8Array {
  const json = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(json.length, 0);
  prefix.writeUInt32LE(bodyBytes, 4);
  return Buffer.concat([prefix, json]);
}

/** Puts messages together again; `allocate` makes the memory of a body. Throws RangeError for lengths beyond the limits, SyntaxError for a head that is no JSON. */
export function messageReader(options: {
  readonly maxHead: number;
  readonly maxBody: number;
  readonly allocate: (bytes: number) => Uint8Array;
  readonly onMessage: (head: unknown, body: Uint8Array) => void;
}): (bytes: Uint8Array) => void {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let head: Buffer = Buffer.alloc(0);
  let body: Uint8Array = Buffer.alloc(0);
  let filled = 0;

  const begin = () => {
    const [headBytes, bodyBytes] = [prefix.readUInt32LE(0), prefix.readUInt32LE(4)];
    if (headBytes > options.maxHead || bodyBytes > options.maxBody)
      throw new RangeError(`a message of ${headBytes} and ${bodyBytes} bytes is too long`);
    head = Buffer.alloc(headBytes);
    body = options.allocate(bodyBytes);
  };

  return bytes => {
    for (let at = 0; at < bytes.length; ) {
      const bodyStart = PREFIX_BYTES + head.length;
      const [part, start] =
        filled < PREFIX_BYTES ? [prefix, 0] : filled < bodyStart ? [head, PREFIX_BYTES] : [body, bodyStart];
      const taken = bytes.subarray(at, at + start + part.length - filled);
      part.set(taken, filled - start);
      at += taken.length;
      filled += taken.length;
      if (filled < PREFIX_BYTES) continue;
      if (filled === PREFIX_BYTES) begin();
      if (filled < PREFIX_BYTES + head.length + body.length) continue;
      const [doneHead, doneBody] = [head, body];
      filled = 0;
      head = Buffer.alloc(0);
      body = Buffer.alloc(0);
      options.onMessage(JSON.parse(doneHead.toString()), doneBody);
    }
  };
}
