/** Resolves when it is the caller's turn of the event loop: first come first served, one in each. */
export type NextTurn = () => Promise<void>;

/**
 * Gives each caller a turn of the event loop of its own. What fifty clients ask for arrives in one turn, and answering all of it there
 * holds up everything else for a tenth of a second.
 */
export function createTurns(): NextTurn {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  const next = () => {
    const go = waiting.shift();
    isTaken = go !== undefined;
    if (go === undefined) return;
    setImmediate(next);
    go();
  };
  return async () => {
    if (isTaken) return new Promise(resolve => void waiting.push(resolve));
    isTaken = true;
    setImmediate(next);
  };
}
