import type { Frame } from '../domain/image.ts';
import { createWaitingList } from './waiting-list.ts';

/** A place for one frame: a newer one replaces it, whoever takes it owns it. */
export interface NewestFrame {
  /** Frames that were replaced or thrown away before anyone took them. */
  readonly dropped: number;
  put(frame: Frame): void;
  /** The frame that waits, which stays where it is. */
  peek(): Frame | undefined;
  /** Takes the frame away; undefined where there is none that was not taken yet. */
  take(): Frame | undefined;
  /** Throws the frame away to free its buffers. */
  discard(): void;
  /** Resolves when a frame can be taken; rejects with `signal.reason` when aborted. */
  available(signal: AbortSignal): Promise<void>;
}

/** An empty place for the newest frame. */
export function createNewestFrame(): NewestFrame {
  const waiting = createWaitingList();
  let newest: Frame | undefined;
  let dropped = 0;

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
      waiting.wake();
    },
    peek: () => newest,
    take: () => {
      const taken = newest;
      newest = undefined;
      return taken;
    },
    discard,
    available: signal => waiting.until(() => newest !== undefined, signal),
  };
}
