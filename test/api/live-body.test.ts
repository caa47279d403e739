import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createFeed, nextValue } from '../../src/api/feed.ts';
import { bytesOf, type LiveForm, type LiveRules, liveBody } from '../../src/api/live-body.ts';

const NUMBERS: LiveForm<number> = { opening: '<', part: value => bytesOf(`${value},`), ending: '>' };

/** A live body of numbers that notes how it ends. */
function body(rules: Partial<LiveRules> = {}) {
  const feed = createFeed<number>();
  const ends: string[] = [];
  const stream = liveBody(feed, NUMBERS, {
    stalledMs: 60_000,
    silentMs: 60_000,
    isAllowed: () => true,
    onEnd: () => void ends.push('over'),
    hangUp: () => void ends.push('cut'),
    ...rules,
  });
  return { feed, ends, stream };
}

describe('a live body', () => {
  it('gives a reader who is late the newest value and leaves out the others', async () => {
    const { feed, stream, ends } = body();
    const reader = stream.getReader();
    const read = async () => Buffer.from((await reader.read()).value!).toString();
    for (let value = 1; value <= 5; value++) feed.offer(value);
    expect([await read(), await read()]).toEqual(['<', '5,']);
    for (let value = 6; value <= 8; value++) feed.offer(value);
    expect(await read()).toBe('8,');
    const waiting = read();
    feed.offer(9);
    feed.offer(10);
    expect([await waiting, await read()]).toEqual(['9,', '10,']);
    await reader.cancel();
    expect({ ends, watched: feed.isWatched() }).toEqual({ ends: ['over'], watched: false });
  });

  it('is over, and not cut, when its reader waits while the server closes', async () => {
    const closing = new AbortController();
    const { stream, feed, ends } = body({ closing: closing.signal });
    const all = text(stream);
    setTimeout(() => {
      feed.offer(1);
      closing.abort();
    }, 50);
    expect(await all).toMatch(/^<1,>?$/);
    expect(ends[0]).toBe('over');
    expect(feed.isWatched()).toBe(false);
  });

  it('is cut when its reader has not taken the last value', async () => {
    const closing = new AbortController();
    const { stream, feed, ends } = body({ closing: closing.signal });
    feed.offer(1);
    closing.abort();
    expect(ends).toEqual(['over', 'cut']);
    expect(feed.isWatched()).toBe(false);
    expect(await text(stream)).toBe('<');
  });

  it('is cut when nothing is read for too long, although new values come', async () => {
    const { feed, ends } = body({ stalledMs: 700 });
    const timer = setInterval(() => feed.offer(1), 50);
    await expect.poll(() => ends).toEqual(['over', 'cut']);
    expect(feed.isWatched()).toBe(false);
    clearInterval(timer);
  });

  it.each([
    ['nothing new comes for too long', { silentMs: 500 }],
    ['the reader may no longer watch', { isAllowed: () => false }],
  ])('is over when %s', async (_why, rules) => {
    const { stream, feed, ends } = body(rules);
    expect(await text(stream)).toBe('<>');
    expect({ ends, watched: feed.isWatched() }).toEqual({ ends: ['over'], watched: false });
  });

  it('is cut at once where the server closes already', async () => {
    const { feed, ends } = body({ closing: AbortSignal.abort() });
    expect({ ends, watched: feed.isWatched() }).toEqual({ ends: ['over', 'cut'], watched: false });
  });
});

describe('the next value of a feed', () => {
  it('is the first that is offered', async () => {
    const feed = createFeed<number>();
    const next = nextValue(feed, { timeoutMs: 60_000, signals: [undefined] });
    feed.offer(1);
    feed.offer(2);
    expect(await next).toBe(1);
    expect(feed.isWatched()).toBe(false);
  });

  it('is undefined when time or patience runs out', async () => {
    const feed = createFeed<number>();
    const abort = new AbortController();
    const next = nextValue(feed, { timeoutMs: 60_000, signals: [undefined, abort.signal] });
    abort.abort();
    expect(await next).toBeUndefined();
    expect(await nextValue(feed, { timeoutMs: 60_000, signals: [abort.signal] })).toBeUndefined();
    expect(await nextValue(feed, { timeoutMs: 20, signals: [] })).toBeUndefined();
    expect(feed.isWatched()).toBe(false);
  });
});
