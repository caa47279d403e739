import { setTimeout as sleep } from 'node:timers/promises';
import { FacegateError } from '../domain/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { Logger } from '../platform/logger.ts';
import type { Store } from '../store/store.ts';
import type { PipelineWatch } from './pipeline-watch.ts';

/** Whether faces can be recognized and decisions be made now; the reasons are sentences without secrets and names. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: string[];
}

/** How the daemon is. */
export interface Health {
  /** Cameras that are away and a broker that is away have states of their own. */
  readiness(): Readiness;
  /** What makes no progress for so long that only another start can help; undefined while all does. */
  stuck(): string | undefined;
  /** Looks at the parts every second until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** What is looked at. */
export interface HealthParts {
  readonly engine: Pick<Engine, 'stats'>;
  readonly store: Pick<Store, 'progress' | 'probe'>;
  readonly pipelines: PipelineWatch;
  readonly log: Logger;
}

const LOOK_MS = 1000;
/** A change of the store that takes longer keeps doors waiting; one that takes longest never ends. */
const LONG_COMMIT_MS = 5000;
const LONGEST_COMMIT_MS = 20_000;
/** Where nothing else is written, a small change shows that the disk still takes it. */
const IDLE_STORE_MS = 60_000;

/** The health of these parts. */
export function createHealth({ engine, store, pipelines, log }: HealthParts): Health {
  let probing = false;

  const probe = async (): Promise<void> => {
    probing = true;
    try {
      await store.probe();
    } catch (error) {
      // A full disk has a reason of its own, and a commit that failed ends the process.
      if (!(error instanceof FacegateError)) log.error({ err: error }, 'The store could not be tried.');
    } finally {
      probing = false;
    }
  };

  return {
    readiness: () => {
      const { pendingMs, isFull } = store.progress();
      const { live, stalled } = pipelines.read();
      const reasons = [
        ...(engine.stats().workers.alive > 0 ? [] : ['No engine worker is running; one is being restarted.']),
        ...(pendingMs <= LONG_COMMIT_MS
          ? []
          : ['The disk is too slow: a change of the store is not durable yet.']),
        ...(isFull ? ["The store's disk is full: no decision can be made; free some space."] : []),
        ...(stalled === 0 ? [] : [`Frames of ${stalled} of ${live} cameras come but are not analysed.`]),
      ];
      return { ready: reasons.length === 0, reasons };
    },
    stuck: () => {
      const { live, stalled } = pipelines.read();
      if (store.progress().pendingMs > LONGEST_COMMIT_MS)
        return 'A change of the store does not become durable.';
      if (live > 0 && stalled === live) return 'Frames come but none is analysed.';
      return undefined;
    },
    async run(signal) {
      while (!signal.aborted) {
        pipelines.look();
        if (!probing && store.progress().sinceDurableMs > IDLE_STORE_MS) void probe();
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
