import { describe, expect, it } from 'vitest';
import { createStateBoard } from '../../src/events/state-board.ts';

function heldLink() {
  const sent: string[] = [];
  const answers: (() => void)[] = [];
  const send = (topic: string, payload: string, done: () => void) => {
    sent.push(`${topic}=${payload}`);
    answers.push(done);
  };
  return { sent, link: { send }, answer: () => answers.shift()?.() };
}

describe('the board of states', () => {
  it('sends the newest of every topic at each connect', () => {
    const board = createStateBoard();
    board.set('a', '1');
    board.set('a', '2');
    board.set('b', '1');
    for (const held of [heldLink(), heldLink()]) {
      board.attach(held.link);
      expect(held.sent).toEqual(['a=2', 'b=1']);
      board.detach();
    }
  });

  it('has one message per topic under way and skips what was overtaken', () => {
    const board = createStateBoard();
    const held = heldLink();
    board.attach(held.link);
    for (const payload of ['1', '2', '3', '4']) board.set('a', payload);
    expect(held.sent).toEqual(['a=1']);
    held.answer();
    expect(held.sent).toEqual(['a=1', 'a=4']);
    held.answer();
    expect(held.sent).toHaveLength(2);
  });

  it('does not send again what has not changed', () => {
    const board = createStateBoard();
    const held = heldLink();
    board.attach(held.link);
    board.set('a', '1');
    held.answer();
    board.set('a', '1');
    expect(held.sent).toEqual(['a=1']);
  });

  it('does not listen to an answer from a connection that is gone', () => {
    const board = createStateBoard();
    const [old, fresh] = [heldLink(), heldLink()];
    board.attach(old.link);
    board.set('a', '1');
    board.detach();
    board.attach(fresh.link);
    board.set('a', '2');
    old.answer();
    expect(fresh.sent).toEqual(['a=1']);
    fresh.answer();
    expect(fresh.sent).toEqual(['a=1', 'a=2']);
  });
});
