import { Agent } from 'node:http';
import type { Chance } from './chance.ts';
import type { Target } from './target.ts';

const CLIENTS = 8;
/** Another address of this machine than the one that behaves. */
const GUESSER = '127.0.0.2';

/** What guesses at tokens were answered. */
export interface GuessOutcome {
  readonly guesses: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Different bodies of the 401s; one where nothing is told. */
  readonly bodies: number;
  /** Calls with a valid token meanwhile, from both addresses, that were not answered 200. */
  readonly heldUp: number;
  /** Guessed tokens that stand in the log. */
  readonly logged: number;
}

/** Guesses at tokens from one address, in forms right and wrong, while valid tokens are used from it and from another. */
export async function guessTokens(target: Target, count: number, chance: Chance): Promise<GuessOutcome> {
  const byStatus: Record<string, number> = {};
  const bodies = new Set<string>();
  const guesses: string[] = [];
  let left = count;
  let heldUp = 0;
  const guess = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (left-- > 0) {
      const digits = chance.bytes(20).toString('hex');
      guesses.push(digits);
      const authorization = chance.oneOf([
        `Token ${digits}`,
        `token ${digits.toUpperCase()}`,
        `Bearer ${digits}`,
        digits,
        `Token ${digits}0`,
        `Basic ${Buffer.from(digits).toString('base64')}`,
      ]);
      const answer = await target.send('GET', '/api/v1/status', {
        agent,
        from: GUESSER,
        headers: { authorization },
      });
      byStatus[answer.status] = (byStatus[answer.status] ?? 0) + 1;
      if (answer.status === 401) bodies.add(answer.text);
    }
    agent.destroy();
  };
  let isOver = false;
  const behave = async (from: string) => {
    const agent = new Agent({ keepAlive: true });
    while (!isOver) {
      const { status } = await target.send('GET', '/api/v1/status', { agent, from });
      if (status !== 200) heldUp++;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    agent.destroy();
  };
  const behaving = ['127.0.0.1', GUESSER].map(behave);
  await Promise.all(Array.from({ length: CLIENTS }, guess));
  isOver = true;
  await Promise.all(behaving);
  const log = target.log().toLowerCase();
  const logged = guesses.filter(digits => log.includes(digits)).length;
  return { guesses: count, byStatus, bodies: bodies.size, heldUp, logged };
}
