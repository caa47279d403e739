import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** What a PNG's header says (PNG 3rd edition, 11.2.1). */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** 0 grey, 2 RGB, 3 palette, 6 RGBA. */
  readonly colour: number;
  readonly interlaced?: boolean;
}

/** A PNG of these chunks with right check sums, whatever they hold. */
export function png(header: PngHeader, ...chunks: readonly Buffer[]): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(header.width, 0);
  data.writeUInt32BE(header.height, 4);
  data.set([header.bits, header.colour, 0, 0, header.interlaced ? 1 : 0], 8);
  return Buffer.concat([SIGNATURE, chunk('IHDR', data), ...chunks, chunk('IEND')]);
}

/** One chunk with its check sum. */
export function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** Image data of `bytes` zeros. */
export function zeros(bytes: number): Buffer {
  return chunk('IDAT', deflateSync(Buffer.alloc(bytes)));
}

/** The same file with the check sum of every chunk set right, as far as its chunks can be found. */
export function repaired(file: Buffer): Buffer {
  const whole = Buffer.from(file);
  for (let at = 8; at + 12 <= whole.length; ) {
    const length = whole.readUInt32BE(at);
    if (at + 12 + length > whole.length) break;
    whole.writeUInt32BE(crc32(whole.subarray(at + 4, at + 8 + length)), at + 8 + length);
    at += 12 + length;
  }
  return whole;
}
