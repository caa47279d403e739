import { createSocket, type Socket } from 'node:dgram';

/** An RTP socket on an even port of 127.0.0.1 and its RTCP neighbour. */
export interface UdpPair {
  readonly port: number;
  send(packet: Buffer, port: number): void;
  close(): Promise<void>;
}

/** Binds a free pair of ports, trying until an even one with a free neighbour turns up. */
export async function openUdpPair(): Promise<UdpPair> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const rtp = await bind(0);
    const { port } = rtp!.address();
    const rtcp = port % 2 === 0 ? await bind(port + 1) : undefined;
    if (rtcp === undefined) {
      rtp!.close();
      continue;
    }
    return {
      port,
      send: (packet, to) => rtp!.send(packet, to, '127.0.0.1'),
      close: async () => {
        await Promise.all([rtp!, rtcp].map(socket => new Promise<void>(done => socket.close(done))));
      },
    };
  }
  throw new Error('no free pair of UDP ports');
}

function bind(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  return new Promise(resolve => {
    socket.once('error', () => resolve(undefined));
    socket.bind(port, '127.0.0.1', () => resolve(socket));
  });
}
