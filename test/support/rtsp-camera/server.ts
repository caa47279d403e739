import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import type { Clip } from './annex-b.ts';
import type { Credentials } from './auth.ts';
import { damaged, type Faults, noFaults, noisy } from './faults.ts';
import { interleave, packetize, senderReport } from './rtp.ts';
import { describeAudio, describeVideo } from './sdp.ts';
import { type Host, type Session, startSession } from './session.ts';
import { openUdpPair } from './udp-pair.ts';

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
  /** Shows at each moment what it would show had it never been off or sent another clip, as a real scene goes on. */
  readonly isLive?: boolean;
  /** Told the position of each picture, just before it is sent. */
  readonly onPicture?: (position: number) => void;
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
  /** Ends every connection rudely (RST) and goes on listening. */
  reset(): void;
  close(): Promise<void>;
}

const SLOW_CLIENT_BYTES = 4_000_000;

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
    faults,
    describe: () => {
      if (options.audioOnly) return describeAudio();
      return describeVideo(clip, { fps, parameterSets: options.describeParameterSets ?? true });
    },
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
    options.onPicture?.(position);
    const picture = clip.pictures[position++ % clip.pictures.length]!;
    timestamp = (timestamp + Math.round((faults.clockRate * 90_000) / fps)) >>> 0;
    if (faults.freeze || faults.muteAfter || options.audioOnly || Math.random() < faults.drop) return;
    const nals = picture.key ? [...clip.parameterSets, ...picture.nals] : damaged(picture, faults.corrupt);
    for (const session of sessions) {
      if (session.target === undefined || !(session.synchronized || picture.key)) continue;
      // A client that does not read must not make the test's memory grow: it waits for the next key picture.
      session.synchronized = session.socket.writableLength < SLOW_CLIENT_BYTES;
      if (!session.synchronized) continue;
      session.socket.cork();
      for (const packet of packetize(nals, clip.codec, session.stream, timestamp))
        send(session, faults.noise ? noisy(packet) : packet, false);
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

  const reset = () => {
    for (const { socket } of sessions) {
      // Node can reset only what is plainly TCP.
      if (socket instanceof TLSSocket) socket.destroy();
      else socket.resetAndDestroy();
    }
    sessions.clear();
  };

  const powerOff = async () => {
    const listening = server;
    server = undefined;
    reset();
    if (listening) await new Promise(done => listening.close(done));
  };

  const powerOn = async () => {
    Object.assign(faults, noFaults());
    if (!options.isLive) position = 0;
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
      if (!options.isLive) position = 0;
    },
    powerOff,
    powerOn,
    reset,
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
