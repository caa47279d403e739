import type { Frame } from '../domain/image.ts';

/** A place for one frame: a newer one replaces it, whoever takes it owns it. */
export interface NewestFrame {
  /** Frames that were replaced or thrown away before anyone took them. */
  readonly dropped: number;
  put(frame: Frame): void;
  /** Takes the frame away; undefined where there is none that was not taken yet. */
  take(): Frame | undefined;
  /** Throws the frame away to free its buffers. */
  discard(): void;
  /** Resolves when a frame can be taken; rejects with `signal.reason` when aborted. */
  available(signal: AbortSignal): Promise<void>;
}

/** An empty place for the newest frame. */
export function createNewestFrame(): NewestFrame {
  let newest: Frame | undefined;
  let dropped = 0;
  const waiting = new Set<() => void>();

  const discard = () => {
    if (newest === undefined) return;
    newest.release();
    newest = undefined;
    dropped++;
  };

  return {
    get dropped() {
      return dropped;
    },
    put: frame => {
      discard();
      newest = frame;
      for (const wake of waiting) wake();
      waiting.clear();
    },
    take: () => {
      const taken = newest;
      newest = undefined;
      return taken;
    },
    discard,
    available: async signal => {
      signal.throwIfAborted();
      if (newest !== undefined) return;
      await new Promise<void>((resolve, reject) => {
        const wake = () => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
        const abort = () => {
          waiting.delete(wake);
          reject(signal.reason);
        };
        waiting.add(wake);
        signal.addEventListener('abort', abort, { once: true });
      });
    },
  };
}
