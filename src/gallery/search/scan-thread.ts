import { Worker } from 'node:worker_threads';
import type { Logger } from '../../platform/logger.ts';
import type { CompiledModule, SharedMemory } from '../../platform/web-assembly.ts';
import type { FreshMemory } from './fresh-memory.ts';
import type { Layout } from './layout.ts';
import type { Found } from './rivals.ts';
import type { Rows } from './scanner.ts';

/** What a scan worker is given when it starts. */
export interface ScanSetup {
  readonly module: CompiledModule;
  readonly memory: SharedMemory;
  readonly layout: Layout;
}

/** What it is asked for. */
export interface ScanJob {
  readonly probes: readonly Float32Array[];
  readonly rows: Rows;
}

/** A worker thread that scans, started when it is first needed and again whenever it is lost. */
export interface ScanThread {
  /** One job at a time. Resolves undefined where there is no worker at the moment, or it is lost over the job: then the caller scans. */
  scan(job: ScanJob): Promise<Found[] | undefined>;
  /** Has the worker touch memory, when it comes to it; nothing is done where there is no worker. */
  touch(fresh: FreshMemory): void;
  close(): Promise<void>;
}

/** How the worker is run. */
export interface ScanThreadOptions {
  /** The compiled worker program. */
  readonly file: URL;
  readonly setup: ScanSetup;
  readonly log: Logger;
  /** Milliseconds: a worker that takes longer is killed; the wait before another is started doubles with every loss. */
  readonly limits?: { readonly startMs: number; readonly jobMs: number; readonly backoffMs: number };
}

const LIMITS = { startMs: 20_000, jobMs: 10_000, backoffMs: 250 };
const MAX_BACKOFF_MS = 30_000;

/** A thread that is not started yet. It keeps no process alive but for the time of a scan. */
export function createScanThread({ file, setup, log, limits = LIMITS }: ScanThreadOptions): ScanThread {
  let phase: 'none' | 'starting' | 'idle' | 'busy' | 'closed' = 'none';
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let losses = 0;
  let answer: ((found: Found[] | undefined) => void) | undefined;

  const after = (ms: number, act: () => void): void => {
    clearTimeout(timer);
    timer = setTimeout(act, ms).unref();
  };

  const settle = (found: Found[] | undefined): void => {
    answer?.(found);
    answer = undefined;
  };

  const start = (): void => {
    phase = 'starting';
    const { module, memory, layout } = setup;
    const fresh = new Worker(file, { workerData: { module, memory, layout }, name: 'facegate-search' });
    worker = fresh;
    fresh.unref();
    fresh.on('message', (message: 'ready' | Found[]) => hear(fresh, message));
    fresh.on('error', error => lose(fresh, error.message));
    fresh.on('exit', code => lose(fresh, `ended with code ${code}`));
    after(limits.startMs, () => lose(fresh, 'did not start in time'));
  };

  const hear = (from: Worker, message: 'ready' | Found[]): void => {
    if (from !== worker) return;
    clearTimeout(timer);
    phase = 'idle';
    if (message === 'ready') return;
    from.unref();
    losses = 0;
    settle(message);
  };

  const lose = (which: Worker, reason: string): void => {
    if (which !== worker) return;
    worker = undefined;
    phase = 'starting';
    const wait = Math.min(limits.backoffMs * 2 ** losses++, MAX_BACKOFF_MS);
    log.error(
      { reason, restartInMs: wait },
      'The search worker was lost; until it is back, the main thread searches.',
    );
    void which.terminate();
    after(wait, start);
    settle(undefined);
  };

  return {
    scan: async job => {
      if (phase === 'none') start();
      if (phase !== 'idle' || !worker) return undefined;
      phase = 'busy';
      const running = worker;
      running.ref();
      after(limits.jobMs, () => lose(running, `did not finish a scan in ${limits.jobMs} ms`));
      running.postMessage(job);
      return new Promise(resolve => {
        answer = resolve;
      });
    },
    touch: fresh => {
      if (phase === 'none') start();
      worker?.postMessage(fresh);
    },
    close: async () => {
      const last = worker;
      worker = undefined;
      phase = 'closed';
      clearTimeout(timer);
      settle(undefined);
      await last?.terminate();
    },
  };
}
