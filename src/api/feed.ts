import type { Feed } from './dependencies.ts';

/** A feed and the end that it is filled from. */
export interface FilledFeed<T> extends Feed<T> {
  /** Whether anybody watches; if not, a value need not be made. */
  isWatched(): boolean;
  offer(value: T): void;
}

/** A feed that keeps nothing: who watches gets what is offered from then on. */
export function createFeed<T>(): FilledFeed<T> {
  const watchers = new Set<(value: T) => void>();
  return {
    isWatched: () => watchers.size > 0,
    offer: value => {
      for (const tell of [...watchers]) tell(value);
    },
    watch: onValue => {
      const watcher = (value: T) => onValue(value);
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}

/** The next value of a feed; undefined where `timeoutMs` passed, or one of the signals aborted, before there was one. */
export function nextValue<T>(
  feed: Feed<T>,
  { timeoutMs, signals }: { timeoutMs: number; signals: readonly (AbortSignal | undefined)[] },
): Promise<T | undefined> {
  return new Promise(resolve => {
    const settle = (value?: T) => {
      unwatch();
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener('abort', giveUp);
      resolve(value);
    };
    const giveUp = () => settle();
    const unwatch = feed.watch(settle);
    const timer = setTimeout(giveUp, timeoutMs);
    for (const signal of signals) signal?.addEventListener('abort', giveUp);
    if (signals.some(signal => signal?.aborted)) giveUp();
  });
}
