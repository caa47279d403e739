import type { StillFormat } from './image-format.ts';

/** How an image is stored, as far as that decides what decoding costs. */
export interface StillEncoding {
  /** What people call it. */
  readonly name: string;
  /** Time and memory that a pixel takes at worst, in pixels of an ordinary JPEG (measured; 50 million of those take half a second). */
  readonly effort: number;
}

/** What libvips tells of a header, as sharp names it. */
export interface StillHeader {
  readonly depth?: string;
  readonly isProgressive?: boolean;
}

/** More segments, or fill bytes, than any program writes before the picture. */
const MAX_STEPS = 4096;

/**
 * How the image is stored, from its header and markers, before anything is decoded; undefined for a JPEG that no camera and no program writes today: arithmetic coding, lossless,
 * thousands of segments.
 */
export function encodingOf(
  format: StillFormat,
  bytes: Uint8Array,
  header: StillHeader,
): StillEncoding | undefined {
  if (format === 'jpeg') return jpegEncoding(bytes);
  if (format === 'webp') return webpEncoding(bytes);
  const isDeep = header.depth === 'ushort';
  if (header.isProgressive)
    return isDeep
      ? { name: 'an interlaced PNG of 16 bits', effort: 16 }
      : { name: 'an interlaced PNG', effort: 8 };
  return isDeep ? { name: 'a PNG of 16 bits', effort: 6 } : { name: 'a PNG', effort: 2 };
}

/** Walks the markers as libjpeg does (ITU-T T.81, B.1.1); a frame that is not read in one pass is kept whole and gone through once for each scan. */
function jpegEncoding(bytes: Uint8Array): StillEncoding | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Frame | undefined;
  let at = 2;
  for (let step = 0; step < MAX_STEPS; step++) {
    at = file.indexOf(0xff, at) + 1;
    if (at === 0 || at + 3 > file.length) break;
    const marker = file[at]!;
    // Fill bytes, stuffed bytes and markers that stand alone.
    if (marker === 0xff || marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue;
    const length = file.readUInt16BE(at + 1);
    if (marker === 0xda) {
      if (frame === undefined) break;
      // Colours of print are converted at full size.
      const print = frame.components === 4 ? 7 : 0;
      if (!frame.isProgressive && file[at + 3] === frame.components)
        return { name: print > 0 ? 'a JPEG in CMYK' : 'a JPEG', effort: 1 + print };
      const name = frame.isProgressive ? 'a progressive JPEG' : 'a JPEG that is not interleaved';
      // Above 100 scans libvips gives up.
      return { name, effort: 1.6 + 1.4 * print + 0.75 * frame.samples + 0.02 * scansFrom(file, at - 1) };
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      // Baseline, extended and progressive, all with Huffman codes.
      if (marker > 0xc2) return undefined;
      frame ??= frameAt(file, at, marker === 0xc2);
    }
    at += 1 + length;
  }
  return undefined;
}

interface Frame {
  readonly isProgressive: boolean;
  readonly components: number;
  /** Of all components, for each pixel: 1.5 where colours have half the width and height. */
  readonly samples: number;
}

/** What a frame header says (B.2.2); a sampling factor of 0 is an error to every decoder. */
function frameAt(file: Buffer, at: number, isProgressive: boolean): Frame {
  const components = file[at + 8] ?? 0;
  const factors = Array.from({ length: components }, (_, index) => file[at + 10 + 3 * index] ?? 0);
  const most = Math.max(...factors.map(each => each >> 4)) * Math.max(...factors.map(each => each & 15));
  const samples = factors.reduce((sum, each) => sum + (each >> 4) * (each & 15), 0) / most;
  return { isProgressive, components, samples: Number.isFinite(samples) ? samples : components };
}

/** How many scans begin from there on, or at least seem to: in what a scan holds these two bytes cannot stand. */
function scansFrom(file: Buffer, from: number): number {
  const start = Buffer.from([0xff, 0xda]);
  let scans = 0;
  for (let at = file.indexOf(start, from); at >= 0 && scans < MAX_STEPS; at = file.indexOf(start, at + 2))
    scans++;
  return scans;
}

/** Looks for the chunk of the first picture (RFC 9649, 2.7). */
function webpEncoding(bytes: Uint8Array): StillEncoding {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12, step = 0; at + 8 <= file.length && step < MAX_STEPS; step++) {
    const kind = file.toString('latin1', at, at + 4);
    if (kind === 'VP8L') return { name: 'a lossless WebP', effort: 5 };
    if (kind === 'VP8 ') break;
    // A frame of an animation holds chunks of its own after 16 bytes.
    const size = kind === 'ANMF' ? 16 : file.readUInt32LE(at + 4);
    at += 8 + size + (size % 2);
  }
  return { name: 'a WebP', effort: 4 };
}
