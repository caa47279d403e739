import { readFileSync } from 'node:fs';

/** The codecs the camera can send. */
export type VideoCodec = 'h264' | 'h265';

/** The NAL units of one picture, without start codes, parameter sets and delimiters. */
export interface AccessUnit {
  readonly nals: readonly Buffer[];
  readonly key: boolean;
}

/** A clip ready to be sent: its pictures in order and the parameter sets (VPS, SPS, PPS) that decode them. */
export interface Clip {
  readonly codec: VideoCodec;
  readonly pictures: readonly AccessUnit[];
  readonly parameterSets: readonly Buffer[];
}

/** Type number of a NAL unit, from the header of ITU-T H.264 7.3.1 or H.265 7.3.1.2. */
export function nalType(nal: Buffer, codec: VideoCodec): number {
  return codec === 'h264' ? nal[0]! & 31 : (nal[0]! >> 1) & 63;
}

/** Reads an Annex-B elementary stream; the codec follows from the file's ending. */
export function readClip(file: string): Clip {
  const codec: VideoCodec = /\.(h265|hevc)$/.test(file) ? 'h265' : 'h264';
  const pictures: { nals: Buffer[]; key: boolean; complete: boolean }[] = [];
  const parameterSets = new Map<number, Buffer>();
  for (const nal of splitNals(readFileSync(file))) {
    const kind = kindOf(nal, codec);
    if (kind === 'parameters') parameterSets.set(nalType(nal, codec), nal);
    if (kind === 'parameters' || kind === 'delimiter') continue;
    let picture = pictures.at(-1);
    if (picture === undefined || (picture.complete && (kind === 'other' || startsPicture(nal, codec)))) {
      picture = { nals: [], key: false, complete: false };
      pictures.push(picture);
    }
    picture.nals.push(nal);
    if (kind === 'slice' || kind === 'key slice') picture.complete = true;
    if (kind === 'key slice') picture.key = true;
  }
  return {
    codec,
    pictures: pictures.filter(picture => picture.complete),
    parameterSets: [...parameterSets].sort(([a], [b]) => a - b).map(([, nal]) => nal),
  };
}

function splitNals(stream: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  let start = stream.indexOf('\0\0\x01', 0, 'latin1');
  while (start >= 0) {
    const next = stream.indexOf('\0\0\x01', start + 3, 'latin1');
    // A four-byte start code's leading zero belongs to the start code, not to the unit before it.
    const end = next < 0 ? stream.length : stream[next - 1] === 0 ? next - 1 : next;
    nals.push(stream.subarray(start + 3, end));
    start = next;
  }
  return nals;
}

function kindOf(
  nal: Buffer,
  codec: VideoCodec,
): 'parameters' | 'delimiter' | 'slice' | 'key slice' | 'other' {
  const type = nalType(nal, codec);
  if (codec === 'h264') {
    if (type === 7 || type === 8) return 'parameters';
    if (type === 9) return 'delimiter';
    if (type === 5) return 'key slice';
    return type >= 1 && type < 5 ? 'slice' : 'other';
  }
  if (type >= 32 && type <= 34) return 'parameters';
  if (type === 35) return 'delimiter';
  if (type >= 16 && type <= 21) return 'key slice';
  return type < 32 ? 'slice' : 'other';
}

/** Whether a slice is the first of its picture: `first_mb_in_slice` is 0, or `first_slice_segment_in_pic_flag` is set. */
function startsPicture(slice: Buffer, codec: VideoCodec): boolean {
  return (slice[codec === 'h264' ? 1 : 2]! & 0x80) !== 0;
}
