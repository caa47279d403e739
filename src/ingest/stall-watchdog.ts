/** Notices when something that should go on happening no longer does. */
export interface StallWatchdog {
  /** It happened. */
  beat(): void;
  stop(): void;
}

/**
 * Calls `onStall` once when no beat came within `firstMs`, or within `everyMs` after a beat. A late timer first lets
 * the event loop deliver what is waiting, so a busy main thread is not mistaken for a stalled camera.
 */
export function startStallWatchdog(options: {
  readonly firstMs: number;
  readonly everyMs: number;
  readonly onStall: () => void;
}): StallWatchdog {
  let stopped = false;
  let timer: NodeJS.Timeout;
  let beats = 0;

  const arm = (ms: number) => {
    timer = setTimeout(() => {
      const seen = beats;
      setImmediate(() => {
        if (stopped || beats !== seen) return;
        stopped = true;
        options.onStall();
      });
    }, ms);
  };

  arm(options.firstMs);
  return {
    beat: () => {
      if (stopped) return;
      beats++;
      clearTimeout(timer);
      arm(options.everyMs);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
