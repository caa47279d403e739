const SHORTEST_MS = 1000;
const LONGEST_MS = 5000;

/** Milliseconds to wait before attempt number `attempt` (from 0): random between 1 s and a ceiling that grows from 2 s to 5 s, so that many nodes do not return at once. */
export function reconnectDelay(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(attempt + 1, 8));
  return Math.round(SHORTEST_MS + random() * (ceiling - SHORTEST_MS));
}
