import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchCommit } from '../../../src/store/lmdb/commit-watch.ts';

describe('the watch of a commit', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const limits = { longestMs: 100, graceMs: 10 };

  it('tells of one that does not end, once, and only after the grace', () => {
    const onStuck = vi.fn();
    watchCommit(onStuck, limits);
    vi.advanceTimersByTime(109);
    expect(onStuck).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(onStuck).toHaveBeenCalledOnce();
  });

  it.each([50, 105])('says nothing of one that ended after %d ms', ms => {
    const onStuck = vi.fn();
    const ended = watchCommit(onStuck, limits);
    vi.advanceTimersByTime(ms);
    ended();
    vi.advanceTimersByTime(1000);
    expect(onStuck).not.toHaveBeenCalled();
  });
});
