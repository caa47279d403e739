import type { Clip } from './annex-b.ts';

const SESSION = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=cam\r\nt=0 0\r\na=control:*\r\n';

/** The session description of a camera with one video track; `parameterSets: false` leaves them to the stream itself, as some cameras do. */
export function describeVideo(clip: Clip, options: { fps: number; parameterSets: boolean }): string {
  const sets = clip.parameterSets.map(nal => nal.toString('base64'));
  const sprop = !options.parameterSets
    ? ''
    : clip.codec === 'h264'
      ? `;sprop-parameter-sets=${sets.join(',')}`
      : `;sprop-vps=${sets[0]};sprop-sps=${sets[1]};sprop-pps=${sets[2]}`;
  const [name, format] = clip.codec === 'h264' ? ['H264', 'packetization-mode=1'] : ['H265', 'profile-id=1'];
  return (
    `${SESSION}m=video 0 RTP/AVP 96\r\na=rtpmap:96 ${name}/90000\r\na=fmtp:96 ${format}${sprop}\r\n` +
    `a=framerate:${options.fps}\r\na=control:trackID=0\r\n`
  );
}

/** The session description of a camera that sends sound only. */
export function describeAudio(): string {
  return `${SESSION}m=audio 0 RTP/AVP 8\r\na=control:trackID=0\r\n`;
}
