import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** An RTP or RTCP packet that came inside the RTSP connection. */
export interface ReceivedPacket {
  readonly channel: number;
  readonly data: Buffer;
}

/** The barest RTSP client over TCP: it shows what a camera does, byte for byte, and judges nothing. */
export interface RtspClient {
  readonly packets: readonly ReceivedPacket[];
  readonly answers: readonly string[];
  /** How the camera ended the connection, if it did. */
  readonly ended: 'FIN' | 'RST' | undefined;
  /** Sends a request; the answer's head and body, undefined where none comes within `waitMs`. */
  ask(method: string, waitMs?: number): Promise<string | undefined>;
  /** OPTIONS to PLAY; the first lines of the answers until one is missing or bad. */
  play(): Promise<string[]>;
  close(): void;
}

const HEADERS: Readonly<Record<string, string>> = {
  SETUP: 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n',
};

/** Connects to the camera at this address, which must need no password. */
export async function connectToCamera(url: string): Promise<RtspClient> {
  const { hostname, port } = new URL(url);
  const packets: ReceivedPacket[] = [];
  const answers: string[] = [];
  let pending: Buffer = Buffer.alloc(0);
  let ended: 'FIN' | 'RST' | undefined;
  let requests = 0;
  const socket = connect(Number(port), hostname);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('end', () => {
    ended ??= 'FIN';
  });
  socket.on('error', () => {
    ended ??= 'RST';
  });
  socket.on('data', bytes => {
    pending = Buffer.concat([pending, bytes]);
    while (takeOne());
  });

  const takeOne = (): boolean => {
    const packet = pending[0] === 0x24;
    const length = packet
      ? pending.length < 4
        ? Number.POSITIVE_INFINITY
        : 4 + pending.readUInt16BE(2)
      : answerLength(pending);
    if (pending.length < length) return false;
    const whole = pending.subarray(0, length);
    pending = pending.subarray(length);
    if (packet) packets.push({ channel: whole[1]!, data: whole.subarray(4) });
    else answers.push(whole.toString());
    return true;
  };

  const ask = async (method: string, waitMs = 2000): Promise<string | undefined> => {
    const known = answers.length;
    const head = `${method} ${url} RTSP/1.0\r\nCSeq: ${++requests}\r\n`;
    socket.write(`${head}${HEADERS[method] ?? ''}\r\n`);
    for (const end = performance.now() + waitMs; performance.now() < end; ) {
      if (answers.length > known) return answers[known];
      await pause(5);
    }
    return undefined;
  };

  return {
    packets,
    answers,
    get ended() {
      return ended;
    },
    ask,
    play: async () => {
      const lines: string[] = [];
      for (const method of ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY']) {
        const line = (await ask(method, 500))?.split('\r\n')[0];
        if (line === undefined) break;
        lines.push(line);
        if (!line.endsWith('200 OK')) break;
      }
      return lines;
    },
    close: () => void socket.destroy(),
  };
}

function answerLength(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return Number.POSITIVE_INFINITY;
  return end + 4 + Number(/Content-Length: (\d+)/.exec(bytes.toString('latin1', 0, end))?.[1] ?? 0);
}
