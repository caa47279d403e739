import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurns } from '../../src/api/turns.ts';

it('each caller gets a turn of the event loop of its own, in the order they came', async () => {
  const nextTurn = createTurns();
  const perTurn: number[][] = [[]];
  let left = 5;
  const turns = (async () => {
    while (left > 0) {
      await setImmediate();
      perTurn.push([]);
    }
  })();
  const callers = Array.from({ length: 5 }, async (_, at) => {
    await nextTurn();
    left--;
    perTurn.at(-1)!.push(at);
  });
  await Promise.all([...callers, turns]);
  expect(perTurn.flat()).toEqual([0, 1, 2, 3, 4]);
  expect(Math.max(...perTurn.map(({ length }) => length))).toBe(1);
  await nextTurn();
});
