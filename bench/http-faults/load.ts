import { Agent } from 'node:http';
import { quantile } from './quantile.ts';
import type { Answer, Target } from './target.ts';

/** One kind of call, made again and again over so many connections. */
export interface Load {
  readonly name: string;
  readonly connections: number;
  readonly call: (target: Target, agent: Agent) => Promise<Answer>;
}

/** What a load was answered; times in milliseconds. */
export interface LoadOutcome {
  readonly name: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly longestBlockMs: number;
}

/** Reads, matches, and three times as many matches as may wait. */
export function loads(photo: Buffer): Load[] {
  const match = (target: Target) => target.match(photo);
  return [
    {
      name: 'read a person, 50 clients',
      connections: 50,
      call: (target, agent) => target.send('GET', '/miicloud/person/bench-1', { agent }),
    },
    { name: 'match a photo, 4 clients', connections: 4, call: match },
    { name: 'match a photo, 64 clients', connections: 64, call: match },
  ];
}

/** Puts the load on for so long, each client sending the next request when it has the answer to the last. */
export async function measureLoad(
  target: Target,
  { name, connections, call }: Load,
  seconds: number,
): Promise<LoadOutcome> {
  const since = Date.now();
  const end = performance.now() + 1000 * seconds;
  const times: number[] = [];
  const byStatus: Record<string, number> = {};
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const client = async () => {
    while (performance.now() < end) {
      const { status, ms, headers } = await call(target, agent);
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      if (status === 200) times.push(ms);
      // Who is told to wait waits, if shorter than asked, so that the load stays on.
      if (headers['retry-after'] !== undefined) await new Promise(resolve => setTimeout(resolve, 100));
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  return {
    name,
    perSecond: times.length / ((Date.now() - since) / 1000),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    slowest: Math.max(0, ...times),
    byStatus,
    longestBlockMs: await target.longestBlockMs(since),
  };
}
