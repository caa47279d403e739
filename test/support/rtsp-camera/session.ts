import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { accepts, type Credentials, challenge } from './auth.ts';
import { answers, type Faults } from './faults.ts';
import type { RtpStream } from './rtp.ts';

/** What a session asks of the camera it belongs to. */
export interface Host {
  readonly path: string;
  readonly credentials: Credentials | undefined;
  readonly transports: readonly ('tcp' | 'udp')[];
  /** Port of the RTP socket; RTCP is the next one. */
  readonly udpPort: number;
  readonly faults: Readonly<Faults>;
  describe(): string;
}

/** One client of the camera. */
export interface Session {
  readonly socket: Socket;
  readonly stream: RtpStream;
  /** Where pictures go once the client has said PLAY. */
  readonly target: { channel: number } | { udpPort: number } | undefined;
  /** Whether the client has been sent a key picture, without which it can decode nothing. */
  synchronized: boolean;
}

const METHODS = 'OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER';

/** Serves RTSP requests (RFC 2326) on a connection until it ends. */
export function startSession(socket: Socket, host: Host): Session {
  const id = randomBytes(6).toString('hex');
  const nonce = randomBytes(8).toString('hex');
  let transport: { channel: number } | { udpPort: number } | undefined;
  let playing = false;
  const session: Session = {
    socket,
    stream: { ssrc: randomBytes(4).readUInt32BE(), sequence: randomBytes(2).readUInt16BE() },
    synchronized: false,
    get target() {
      return playing ? transport : undefined;
    },
  };

  const answer = (request: Request): string => {
    const { method, headers } = request;
    if (method === 'OPTIONS') return reply(request, '200 OK', `Public: ${METHODS}\r\n`);
    if (host.credentials && !accepts(host.credentials, nonce, method, headers.authorization)) {
      return reply(request, '401 Unauthorized', challenge(host.credentials, nonce));
    }
    if (!request.path.startsWith(host.path)) return reply(request, '404 Not Found');
    if (method === 'DESCRIBE') {
      const { redirectTo, description = host.describe() } = host.faults;
      if (redirectTo) return reply(request, '302 Moved Temporarily', `Location: ${redirectTo}\r\n`);
      return reply(request, '200 OK', `Content-Base: ${request.uri}/\r\n`, description);
    }
    if (method === 'SETUP') return setUp(request);
    if (method === 'PLAY') {
      playing = true;
      return reply(request, '200 OK', `Session: ${id}\r\nRange: npt=0.000-\r\n`);
    }
    if (method === 'TEARDOWN') playing = false;
    return reply(request, '200 OK', `Session: ${id}\r\n`);
  };

  const setUp = (request: Request): string => {
    const asked = request.headers.transport ?? '';
    const kind = asked.includes('TCP') ? 'tcp' : 'udp';
    if (!host.transports.includes(kind)) return reply(request, '461 Unsupported Transport');
    const head = `Session: ${id};timeout=60\r\n`;
    if (kind === 'tcp') {
      const channel = Number(/interleaved=(\d+)/.exec(asked)?.[1] ?? 0);
      transport = { channel };
      const line = `Transport: RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}\r\n`;
      return reply(request, '200 OK', head + line);
    }
    const port = Number(/client_port=(\d+)/.exec(asked)?.[1]);
    transport = { udpPort: port };
    const ours = `server_port=${host.udpPort}-${host.udpPort + 1}`;
    const line = `Transport: RTP/AVP;unicast;client_port=${port}-${port + 1};${ours}\r\n`;
    return reply(request, '200 OK', head + line);
  };

  const say = (text: string) => {
    const { answerAfterMs } = host.faults;
    if (answerAfterMs === 0) socket.write(text);
    else setTimeout(() => socket.writable && socket.write(text), answerAfterMs);
  };

  let pending: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', data => {
    pending = Buffer.concat([pending, data]);
    for (;;) {
      const next = takeMessage(pending);
      if (next === undefined) return;
      pending = next.rest;
      if (next.request === undefined || !answers(host.faults.muteAfter, next.request.method)) continue;
      say(answer(next.request));
      if (next.request.method === 'TEARDOWN') socket.end();
    }
  });
  return session;
}

interface Request {
  readonly method: string;
  readonly uri: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The first whole message of `bytes`: a request, or an interleaved packet (RTCP from the client), which is skipped. */
function takeMessage(bytes: Buffer): { request?: Request; rest: Buffer } | undefined {
  if (bytes[0] === 0x24) {
    if (bytes.length < 4) return undefined;
    const end = 4 + bytes.readUInt16BE(2);
    return bytes.length < end ? undefined : { rest: bytes.subarray(end) };
  }
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first, ...lines] = bytes.subarray(0, end).toString().split('\r\n');
  const [method, uri] = first!.split(' ');
  const headers = Object.fromEntries(
    lines.map(line => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const path = uri!.replace(/^rtsps?:\/\/[^/]+/, '');
  return { request: { method: method!, uri: uri!, path, headers }, rest: bytes.subarray(end + 4) };
}

function reply(request: Request, status: string, headers = '', body = ''): string {
  const content =
    body === '' ? '' : `Content-Type: application/sdp\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return `RTSP/1.0 ${status}\r\nCSeq: ${request.headers.cseq}\r\n${headers}${content}\r\n${body}`;
}
