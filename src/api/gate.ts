import { FacegateError } from '../domain/errors.ts';

/** Lets a bounded number of tasks run and wait. */
export interface Gate {
  /** Runs the task when a place is free, first come first served; rejects with overloaded when too many wait. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** A gate through which `running` tasks may be at once while at most `waiting` wait. */
export function createGate({ running, waiting }: { running: number; waiting: number }): Gate {
  const queue: (() => void)[] = [];
  let inside = 0;
  return {
    async run(task) {
      if (inside >= running) {
        if (queue.length >= waiting) throw overloaded();
        // The one who leaves hands over its place, so `inside` stays as it is.
        await new Promise<void>(enter => queue.push(enter));
      } else {
        inside++;
      }
      try {
        return await task();
      } finally {
        const next = queue.shift();
        if (next === undefined) inside--;
        else next();
      }
    },
  };
}

/** What is told where there is no place for one more upload. */
export function overloaded(): FacegateError {
  return new FacegateError('overloaded', 'Too many uploads are being worked on; retry in a second.');
}
