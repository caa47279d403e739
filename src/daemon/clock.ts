import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../config/paths.ts';
import { type ClockDoubt, type ClockGuard, createClockGuard } from '../platform/clock-guard.ts';
import type { Logger } from '../platform/logger.ts';
import { type ResourceStack, startLoop } from '../platform/resources.ts';
import type { Store } from '../store/store.ts';

/** The guard of the clock, and what follows from it. */
export interface Clock extends ClockGuard {
  /** Why nothing may be thrown away for its age now; undefined where it may. */
  reasonToKeep(): string | undefined;
  /** Durable when resolved. */
  settle(): Promise<void>;
}

const LOOK_MS = 1000;
const REMEMBER_MS = 600_000;

const DOUBTS: Record<ClockDoubt, string> = {
  before_install: 'The clock is before this program was installed: doors stay shut until it is set.',
  behind:
    'The clock is behind what it was: doors stay shut until it has caught up, or "facegate clock confirm" says that it is right.',
  was_set: 'The clock was set: doors stay shut for a minute.',
};
const LEAPT =
  'The clock leapt ahead: nothing is thrown away for its age for a week, or until "facegate clock confirm" says that it is right.';

/** Watches the clock from now on and remembers over restarts what was found. */
export function openClock(parts: {
  store: Pick<Store, 'clock'>;
  log: Logger;
  resources: ResourceStack;
}): Clock {
  const { store, log, resources } = parts;
  const guard = createClockGuard({
    wall: Date.now,
    monotonic: () => performance.now(),
    // When this program was installed: no clock that is right can be before it.
    notBefore: statSync(join(packageRoot(), 'package.json')).mtimeMs,
    memory: store.clock.recall(),
  });
  const remember = () => store.clock.remember(guard.memory());
  const rememberOrTell = () =>
    remember().catch((error: unknown) =>
      log.error({ err: error }, 'What was found of the clock could not be written down.'),
    );
  resources.use(
    startLoop(async signal => {
      const tell = createTeller(guard, log);
      for (let due = 0; !signal.aborted; ) {
        const hasNews = tell();
        if (hasNews || performance.now() >= due) {
          due = performance.now() + REMEMBER_MS;
          await rememberOrTell();
        }
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      }
      await rememberOrTell();
    }),
  );
  return {
    ...guard,
    reasonToKeep: () => {
      const doubt = guard.doubt();
      if (doubt !== undefined) return DOUBTS[doubt];
      return guard.hasLeapt() ? LEAPT : undefined;
    },
    settle: async () => {
      guard.confirm();
      await remember();
    },
  };
}

/** Logs what is new; whether a leap is, or is over, which must not be forgotten. */
function createTeller(guard: ClockGuard, log: Logger): () => boolean {
  let doubt: ClockDoubt | undefined;
  let hasLeapt = false;
  return () => {
    const now = guard.doubt();
    if (now !== doubt) {
      if (now === undefined) log.info({}, 'The clock is believed.');
      else if (now === 'was_set') log.warn({ doubt: now }, DOUBTS[now]);
      else log.error({ doubt: now }, DOUBTS[now]);
    }
    doubt = now;
    const leapt = guard.hasLeapt();
    const isNews = leapt !== hasLeapt;
    if (isNews && leapt) log.error({}, LEAPT);
    hasLeapt = leapt;
    return isNews;
  };
}
