/** Those who wait for something to become true. */
export interface WaitingList {
  /** Resolves when `condition` holds, now or at a later `wake()`; rejects with `signal.reason` when aborted. */
  until(condition: () => boolean, signal: AbortSignal): Promise<void>;
  /** Something has changed: those whose condition holds now go on. */
  wake(): void;
}

/** An empty list. */
export function createWaitingList(): WaitingList {
  const waiting = new Set<() => void>();

  return {
    until: async (condition, signal) => {
      signal.throwIfAborted();
      if (condition()) return;
      await new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!condition()) return;
          waiting.delete(look);
          signal.removeEventListener('abort', abort);
          resolve();
        };
        const abort = () => {
          waiting.delete(look);
          reject(signal.reason);
        };
        waiting.add(look);
        signal.addEventListener('abort', abort, { once: true });
      });
    },
    wake: () => {
      for (const look of waiting) look();
    },
  };
}
