import { setImmediate } from 'node:timers/promises';
import type { Job, JobResults } from '../../src/engine/jobs.ts';
import type { WorkerSlot } from '../../src/engine/worker-slot.ts';

/** A clock that goes as fast as its events allow. */
export interface VirtualClock {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Lets `ms` milliseconds pass. */
  readonly pass: (ms: number) => Promise<void>;
}

/** A clock that stands at 0. */
export function createVirtualClock(): VirtualClock {
  let time = 0;
  let events: { at: number; happen: () => void }[] = [];
  return {
    now: () => time,
    sleep: ms => new Promise(resolve => events.push({ at: time + ms, happen: resolve })),
    async pass(ms) {
      const end = time + ms;
      for (;;) {
        // All that follows from the last event happens before the next one.
        await setImmediate();
        const next = events.reduce<number>((first, { at }) => Math.min(first, at), Number.POSITIVE_INFINITY);
        if (next > end) break;
        time = next;
        const due = events.filter(({ at }) => at === next);
        events = events.filter(({ at }) => at !== next);
        for (const { happen } of due) happen();
      }
      time = end;
    },
  };
}

/** What a picture costs to look through, and a face to describe, in milliseconds. */
export const PICTURE_MS = 8;
export const FACE_MS = 10;

/** A worker that finds nothing, and takes as long for it as a real one. */
export function createVirtualWorker(clock: VirtualClock, onChange: () => void): WorkerSlot {
  let phase: WorkerSlot['phase'] = 'idle';
  return {
    get phase() {
      return phase;
    },
    restarts: 0,
    started: Promise.resolve(),
    async run(job) {
      phase = 'busy';
      const ms = costOf(job);
      await clock.sleep(ms);
      phase = 'idle';
      onChange();
      return { result: nothingOf(job), busyMs: { detect: ms } };
    },
    close: () => Promise.resolve(),
  };
}

function costOf(job: Job): number {
  if (job.kind === 'detect') return PICTURE_MS * job.pictures.length;
  return FACE_MS * (job.kind === 'describe' ? job.detections : job.boxes).length;
}

function nothingOf(job: Job): JobResults[Job['kind']] {
  return job.kind === 'detect' ? job.pictures.map(() => []) : [];
}
