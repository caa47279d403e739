import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { AccessUnit, Clip } from './annex-b.ts';
import type { Credentials } from './auth.ts';
import { interleave, packetize, senderReport } from './rtp.ts';
import { describeAudio, describeVideo } from './sdp.ts';
import { type Host, type Session, startSession } from './session.ts';
import { openUdpPair } from './udp-pair.ts';

/** What the camera does wrong; change any of it while it runs. */
export interface Faults {
  /** Sends nothing more, keeps connections open. */
  freeze: boolean;
  /** Accepts connections and never answers. */
  mute: boolean;
  /** Sends RTCP reports at this interval in milliseconds, also while frozen; 0 for none. */
  rtcpEveryMs: number;
  /** Share of pictures that are damaged / left out, 0..1. */
  corrupt: number;
  drop: number;
}

/** How a camera is built. */
export interface RtspCameraOptions {
  readonly clip: Clip;
  readonly fps?: number;
  readonly path?: string;
  readonly port?: number;
  readonly credentials?: Credentials;
  readonly transports?: readonly ('tcp' | 'udp')[];
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly audioOnly?: boolean;
  /** Whether the session description carries the parameter sets. */
  readonly describeParameterSets?: boolean;
}

/** A camera on 127.0.0.1 that repeats a clip for every client that asks, and misbehaves on request. */
export interface RtspCamera {
  /** Address with the credentials in it. */
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  /** Connections open now / ever accepted. */
  readonly clients: number;
  readonly connections: number;
  /** Number of the clip's picture that is sent next, counting on where the clip begins again. */
  readonly position: number;
  /** Sends another clip from now on, without telling the clients. */
  switchClip(clip: Clip): void;
  /** Resets every connection and stops listening, like a pulled plug. */
  powerOff(): Promise<void>;
  /** Listens again on the same port, without faults. */
  powerOn(): Promise<void>;
  /** Ends every connection politely (FIN). */
  hangUp(): void;
  close(): Promise<void>;
}

const SLOW_CLIENT_BYTES = 4_000_000;
const noFaults = (): Faults => ({ freeze: false, mute: false, rtcpEveryMs: 0, corrupt: 0, drop: 0 });

/** Starts a camera; close it when done. */
export async function openRtspCamera(options: RtspCameraOptions): Promise<RtspCamera> {
  const fps = options.fps ?? 25;
  const path = options.path ?? '/cam1';
  const faults = noFaults();
  const udp = await openUdpPair();
  const sessions = new Set<Session>();
  let clip = options.clip;
  let connections = 0;
  let position = 0;
  let timestamp = 0;
  let server: Server | undefined;
  let port = options.port ?? 0;

  const host: Host = {
    path,
    credentials: options.credentials,
    transports: options.transports ?? ['tcp', 'udp'],
    udpPort: udp.port,
    get mute() {
      return faults.mute;
    },
    describe: () =>
      options.audioOnly
        ? describeAudio()
        : describeVideo(clip, { fps, parameterSets: options.describeParameterSets ?? true }),
  };

  const accept = (socket: Socket) => {
    connections++;
    socket.setNoDelay(true);
    const session = startSession(socket, host);
    sessions.add(session);
    socket.on('close', () => sessions.delete(session));
  };

  const send = (session: Session, packet: Buffer, rtcp: boolean) => {
    const { target } = session;
    if (target === undefined) return;
    if ('udpPort' in target) udp.send(packet, target.udpPort + (rtcp ? 1 : 0));
    else session.socket.write(interleave(packet, target.channel + (rtcp ? 1 : 0)));
  };

  const sendPicture = () => {
    const picture = clip.pictures[position++ % clip.pictures.length]!;
    timestamp = (timestamp + Math.round(90_000 / fps)) >>> 0;
    if (faults.freeze || options.audioOnly || Math.random() < faults.drop) return;
    const nals = picture.key ? [...clip.parameterSets, ...picture.nals] : damaged(picture, faults.corrupt);
    for (const session of sessions) {
      if (session.target === undefined || !(session.synchronized || picture.key)) continue;
      // A client that does not read must not make the test's memory grow: it waits for the next key picture.
      session.synchronized = session.socket.writableLength < SLOW_CLIENT_BYTES;
      if (!session.synchronized) continue;
      session.socket.cork();
      for (const packet of packetize(nals, clip.codec, session.stream, timestamp))
        send(session, packet, false);
      session.socket.uncork();
    }
  };

  let due = performance.now();
  let reportDue = due;
  const pictures = setInterval(() => {
    const now = performance.now();
    if (due < now - 1000) due = now;
    for (; due <= now; due += 1000 / fps) sendPicture();
    if (faults.rtcpEveryMs > 0 && now >= reportDue) {
      reportDue = now + faults.rtcpEveryMs;
      for (const session of sessions) send(session, senderReport(session.stream, timestamp), true);
    }
  }, 5);

  const powerOff = async () => {
    const listening = server;
    server = undefined;
    for (const { socket } of sessions) socket.resetAndDestroy();
    sessions.clear();
    if (listening) await new Promise(done => listening.close(done));
  };

  const powerOn = async () => {
    Object.assign(faults, noFaults());
    position = 0;
    server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept);
    server.on('tlsClientError', () => {});
    port = await listen(server, port);
  };

  await powerOn();
  return {
    get url() {
      const { credentials } = options;
      const login = credentials
        ? `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`
        : '';
      return `${options.tls ? 'rtsps' : 'rtsp'}://${login}127.0.0.1:${port}${path}`;
    },
    get port() {
      return port;
    },
    get clients() {
      return sessions.size;
    },
    get connections() {
      return connections;
    },
    get position() {
      return position;
    },
    faults,
    switchClip: next => {
      clip = next;
      position = 0;
    },
    powerOff,
    powerOn,
    hangUp: () => {
      for (const { socket } of sessions) socket.end();
    },
    close: async () => {
      clearInterval(pictures);
      await powerOff();
      await udp.close();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** The picture's units; with probability `share` each has bytes overwritten, but never its header. */
function damaged(picture: AccessUnit, share: number): readonly Buffer[] {
  if (Math.random() >= share) return picture.nals;
  return picture.nals.map(nal => {
    const copy = Buffer.from(nal);
    for (let hits = Math.max(3, nal.length / 300); hits > 0; hits--) {
      copy[8 + Math.floor(Math.random() * Math.max(1, copy.length - 8))] = Math.floor(Math.random() * 256);
    }
    return copy;
  });
}
