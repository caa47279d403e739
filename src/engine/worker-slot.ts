import { Worker } from 'node:worker_threads';
import { FacegateError } from '../domain/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { BusyMs, Job, WorkerMessage, WorkerSetup } from './jobs.ts';
import './no-telemetry.ts';

type Outcome = Extract<WorkerMessage, { kind: 'done' }>;

/** A place for one worker thread, filled again whenever its worker is lost. */
export interface WorkerSlot {
  readonly phase: 'starting' | 'idle' | 'busy' | 'lost' | 'closed';
  /** How often a lost worker was replaced. */
  readonly restarts: number;
  /** Resolves when the first worker is ready; rejects with an Error that says why it cannot be. */
  readonly started: Promise<void>;
  /** Only while idle. Rejects with FacegateError: 'internal' if the job cannot be done, 'not_ready' if the worker is lost over it. */
  run(job: Job): Promise<{ result: Outcome['result']; busyMs: BusyMs }>;
  close(): Promise<void>;
}

/** How a slot is filled. */
export interface SlotOptions {
  readonly file: URL;
  readonly setup: WorkerSetup;
  readonly log: Logger;
  /** A worker that takes longer is killed, in milliseconds. */
  readonly limits: { readonly startMs: number; readonly jobMs: number; readonly backoffMs: number };
  /** Called whenever the phase changed. */
  readonly onChange: () => void;
}

/** A worker's heap is a few small objects per face: room for more only lets garbage lie (12 MB in each), and costs no less time. */
const LEAN = { maxYoungGenerationSizeMb: 2 };
const MAX_BACKOFF_MS = 30_000;
/** A thread inside native code ends only when that returns, which may be never. */
const TERMINATE_GRACE_MS = 2000;

interface Pending {
  readonly timer: NodeJS.Timeout;
  resolve(outcome: Outcome): void;
  reject(error: FacegateError): void;
}

/** Starts a worker and keeps the slot filled until it is closed. */
export function openWorkerSlot({ file, setup, log, limits, onChange }: SlotOptions): WorkerSlot {
  let phase: WorkerSlot['phase'] = 'starting';
  let worker: Worker;
  let pending: Pending | undefined;
  let timer: NodeJS.Timeout | undefined;
  let restarts = 0;
  let failures = 0;
  let announce: { ready: () => void; unusable: (error: Error) => void };
  const started = new Promise<void>((resolve, reject) => {
    announce = { ready: resolve, unusable: reject };
  });
  // Whoever opened the slot awaits this; nobody may be listening when it fails after close().
  started.catch(() => {});

  const enter = (next: WorkerSlot['phase']) => {
    phase = next;
    onChange();
  };

  const spawn = () => {
    const fresh = new Worker(file, { workerData: setup, name: 'facegate-engine', resourceLimits: LEAN });
    worker = fresh;
    timer = setTimeout(() => lose(fresh, 'did not start in time'), limits.startMs);
    fresh.on('message', (message: WorkerMessage) => hear(fresh, message));
    fresh.on('error', error => lose(fresh, error.message));
    fresh.on('exit', code => lose(fresh, `ended with code ${code}`));
  };

  const hear = (from: Worker, message: WorkerMessage) => {
    if (from !== worker || phase === 'closed' || phase === 'lost') return;
    if (message.kind === 'unusable') return lose(from, message.reason);
    if (message.kind === 'ready') {
      clearTimeout(timer);
      announce.ready();
      return enter('idle');
    }
    const job = pending;
    if (job === undefined) return;
    pending = undefined;
    clearTimeout(job.timer);
    failures = 0;
    if (message.kind === 'done') job.resolve(message);
    else
      job.reject(new FacegateError('internal', `The models could not analyse the image: ${message.reason}.`));
    enter('idle');
  };

  const lose = (which: Worker, reason: string) => {
    if (which !== worker || phase === 'closed' || phase === 'lost') return;
    clearTimeout(timer);
    const job = pending;
    pending = undefined;
    const wait = Math.min(limits.backoffMs * 2 ** failures, MAX_BACKOFF_MS);
    failures++;
    log.error({ reason, restartInMs: wait }, 'An engine worker was lost.');
    announce.unusable(new Error(reason));
    enter('lost');
    // The buffers of the job may be leased again only when no thread reads them any more.
    void end(which).then(() => {
      if (job !== undefined) {
        clearTimeout(job.timer);
        job.reject(new FacegateError('not_ready', 'The engine lost a worker over this image; try again.'));
      }
      if (phase === 'closed') return;
      timer = setTimeout(() => {
        restarts++;
        enter('starting');
        spawn();
      }, wait);
    });
  };

  spawn();
  return {
    get phase() {
      return phase;
    },
    get restarts() {
      return restarts;
    },
    started,
    run(job) {
      if (phase !== 'idle') throw new Error(`a worker slot that is ${phase} takes no job`);
      phase = 'busy';
      const running = worker;
      return new Promise((resolve, reject) => {
        const late = setTimeout(
          () => lose(running, `did not finish a ${job.kind} job in ${limits.jobMs} ms`),
          limits.jobMs,
        );
        pending = { timer: late, resolve, reject };
        running.postMessage(job);
      });
    },
    async close() {
      if (phase === 'closed') return;
      const job = pending;
      pending = undefined;
      clearTimeout(timer);
      clearTimeout(job?.timer);
      phase = 'closed';
      announce.unusable(new Error('closed'));
      await end(worker);
      job?.reject(new FacegateError('not_ready', 'The engine is being closed.'));
    },
  };
}

async function end(worker: Worker): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<void>(resolve => {
    timer = setTimeout(resolve, TERMINATE_GRACE_MS);
  });
  await Promise.race([worker.terminate(), grace]);
  clearTimeout(timer);
}
