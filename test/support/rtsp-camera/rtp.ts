import { nalType, type VideoCodec } from './annex-b.ts';

const MAX_PAYLOAD = 1400;
const PAYLOAD_TYPE = 96;

/** One RTP stream to one client: numbers its packets. */
export interface RtpStream {
  readonly ssrc: number;
  sequence: number;
}

/** The RTP packets of one picture (RFC 6184 for H.264, RFC 7798 for H.265: single units and fragments). */
export function packetize(
  nals: readonly Buffer[],
  codec: VideoCodec,
  stream: RtpStream,
  timestamp: number,
): Buffer[] {
  const payloads = nals.flatMap(nal => payloadsOf(nal, codec));
  return payloads.map((payload, at) => {
    stream.sequence = (stream.sequence + 1) & 0xffff;
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = PAYLOAD_TYPE | (at === payloads.length - 1 ? 0x80 : 0);
    header.writeUInt16BE(stream.sequence, 2);
    header.writeUInt32BE(timestamp, 4);
    header.writeUInt32BE(stream.ssrc, 8);
    return Buffer.concat([header, payload]);
  });
}

/** An RTCP sender report that says nothing of use: what a camera with a dead encoder goes on sending. */
export function senderReport(stream: RtpStream, timestamp: number): Buffer {
  const report = Buffer.alloc(28);
  report[0] = 0x80;
  report[1] = 200;
  report.writeUInt16BE(6, 2);
  report.writeUInt32BE(stream.ssrc, 4);
  report.writeUInt32BE(timestamp, 16);
  return report;
}

/** A packet as it travels inside the RTSP connection (RFC 2326 10.12). */
export function interleave(packet: Buffer, channel: number): Buffer {
  const header = Buffer.from([0x24, channel, 0, 0]);
  header.writeUInt16BE(packet.length, 2);
  return Buffer.concat([header, packet]);
}

function payloadsOf(nal: Buffer, codec: VideoCodec): Buffer[] {
  if (nal.length <= MAX_PAYLOAD) return [nal];
  const headerLength = codec === 'h264' ? 1 : 2;
  const payloads: Buffer[] = [];
  for (let from = headerLength; from < nal.length; from += MAX_PAYLOAD) {
    const to = Math.min(nal.length, from + MAX_PAYLOAD);
    const ends = (from === headerLength ? 0x80 : 0) | (to === nal.length ? 0x40 : 0);
    payloads.push(Buffer.concat([fragmentHeader(nal, codec, ends), nal.subarray(from, to)]));
  }
  return payloads;
}

function fragmentHeader(nal: Buffer, codec: VideoCodec, ends: number): Buffer {
  const type = nalType(nal, codec);
  if (codec === 'h264') return Buffer.from([(nal[0]! & 0xe0) | 28, ends | type]);
  return Buffer.from([(nal[0]! & 0x81) | (49 << 1), nal[1]!, ends | type]);
}
