import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './quantile.ts';
import type { Target } from './target.ts';

/** How slow clients behave: what they send at first, and then once a second; `reads` where they take their answers. */
interface SlowClient {
  readonly name: string;
  readonly first: string;
  readonly drip: string;
  readonly reads: boolean;
}

/** What a client that behaves saw meanwhile; times in milliseconds. */
export interface SlowOutcome {
  readonly name: string;
  readonly asked: number;
  readonly failed: number;
  readonly p99: number;
  /** The longest that a slow connection was let live. */
  readonly longestLife: number;
}

const EVERY_MS = 20;
const RETURN_MS = 5000;

/** The ways of slowhttptest: slow headers, slow bodies, slow readers; and who says nothing at all. */
export function slowClients(): SlowClient[] {
  const head = 'Host: a\r\n';
  return [
    { name: 'headers that never end', first: `GET / HTTP/1.1\r\n${head}`, drip: 'X: y\r\n', reads: true },
    {
      name: 'bodies that never end, without a token',
      first: `POST /miicloud/match_faces HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`,
      drip: 'x',
      reads: true,
    },
    {
      name: 'answers that nobody reads',
      first: `GET /api/v1/openapi.json HTTP/1.1\r\n${head}\r\n`.repeat(3),
      drip: '',
      reads: false,
    },
    { name: 'silence', first: '', drip: '', reads: true },
  ];
}

/** Keeps `count` slow connections open for `seconds` (a new one for each that was cut), and asks for a person and for health meanwhile. */
export async function slowAttack(
  target: Target,
  client: SlowClient,
  { count, seconds }: { count: number; seconds: number },
): Promise<SlowOutcome> {
  const sockets = new Set<Socket>();
  let isOver = false;
  let longestLife = 0;
  const open = () => {
    const born = performance.now();
    const socket = connect(target.port, '127.0.0.1');
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(client.first);
    if (client.reads) socket.resume();
    socket.once('close', () => {
      sockets.delete(socket);
      longestLife = Math.max(longestLife, performance.now() - born);
      // Sooner would be a flood of connections, which is another attack.
      if (!isOver) setTimeout(() => !isOver && open(), RETURN_MS);
    });
  };
  for (let i = 0; i < count; i++) open();
  const dripping = setInterval(() => {
    if (client.drip !== '') for (const socket of sockets) socket.write(client.drip);
  }, 1000);

  await sleep(1000);
  const times: number[] = [];
  let failed = 0;
  const kept = new Agent({ keepAlive: true });
  const end = performance.now() + 1000 * seconds;
  for (let i = 0; performance.now() < end; i++) {
    const agent = i % 2 === 0 ? kept : new Agent();
    const path = i % 4 < 2 ? '/miicloud/person/bench-1' : '/health/live';
    const { status, ms } = await target.send('GET', path, { agent });
    times.push(ms);
    if (status !== 200) failed++;
    await sleep(EVERY_MS);
  }
  isOver = true;
  kept.destroy();
  clearInterval(dripping);
  for (const socket of sockets) socket.destroy();
  return { name: client.name, asked: times.length, failed, p99: quantile(times, 0.99), longestLife };
}
