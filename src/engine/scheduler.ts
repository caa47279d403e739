import { FacegateError } from '../domain/errors.ts';
import { createFairQueue } from './fair-queue.ts';

/** Whose work it is: a camera's, or that of somebody who waits for an answer over REST. */
export type Lane = 'camera' | 'upload';

/** How many of something there are per lane. */
export type PerLane = Readonly<Record<Lane, number>>;

/** Two lanes of jobs that starve neither, nor one camera for another; holds no timers and starts nothing. */
export interface Scheduler<T> {
  readonly waiting: PerLane;
  /** Throws FacegateError('overloaded') if too many uploads wait already. */
  add(lane: Lane, job: T): void;
  /** Puts a camera's job back in front of its others. */
  putBack(job: T): void;
  /** Takes the next job, given how many of each lane run and how many workers there are. */
  next(running: PerLane, workers: number): { lane: Lane; job: T } | undefined;
  /** Takes up to `most` more jobs of cameras that `alike` accepts, in the order of their turns. */
  more(alike: (job: T) => boolean, most: number): T[];
  /** Writes down what was done for a camera, in milliseconds. */
  charge(camera: string, ms: number): void;
  /** Takes all. */
  drain(): T[];
}

/**
 * A scheduler in which, while both lanes wait, at most `streak[lane]` jobs of one lane pass before one of the other. Uploads are served in the order in
 * which they came, cameras so that each gets the same time; `cameraOf` tells whose job it is.
 */
export function createScheduler<T>(options: {
  streak: PerLane;
  maxWaitingUploads: number;
  cameraOf: (job: T) => string;
}): Scheduler<T> {
  const { streak, maxWaitingUploads, cameraOf } = options;
  const cameras = createFairQueue<T>();
  let uploads: T[] = [];
  let last: Lane = 'camera';
  let passed = 0;

  const choose = (running: PerLane, workers: number): Lane | undefined => {
    if (uploads.length === 0) return cameras.length === 0 ? undefined : 'camera';
    if (cameras.length === 0) return 'upload';
    // One worker stays with the cameras while they wait, or a bulk enrollment would blind the doors.
    if (workers > 1 && running.upload >= workers - 1) return 'camera';
    return passed < streak[last] ? last : other(last);
  };

  return {
    get waiting() {
      return { camera: cameras.length, upload: uploads.length };
    },
    add(lane, job) {
      if (lane === 'upload' && uploads.length >= maxWaitingUploads)
        throw new FacegateError('overloaded', 'Too many images wait to be analysed; try again in a moment.');
      if (lane === 'upload') uploads.push(job);
      else cameras.add(cameraOf(job), job);
    },
    putBack: job => cameras.putBack(cameraOf(job), job),
    next(running, workers) {
      const lane = choose(running, workers);
      if (lane === undefined) return undefined;
      passed = lane === last ? passed + 1 : 1;
      last = lane;
      return { lane, job: (lane === 'upload' ? uploads.shift() : cameras.next()) as T };
    },
    more: cameras.take,
    charge: cameras.charge,
    drain() {
      const all = [...cameras.drain(), ...uploads];
      uploads = [];
      return all;
    },
  };
}

function other(lane: Lane): Lane {
  return lane === 'camera' ? 'upload' : 'camera';
}
