import { FacegateError } from '../domain/errors.ts';

/** Whose work it is: a camera's, or that of somebody who waits for an answer over REST. */
export type Lane = 'camera' | 'upload';

/** How many of something there are per lane. */
export type PerLane = Readonly<Record<Lane, number>>;

/** Two lanes of jobs that starve neither; holds no timers and starts nothing. */
export interface Scheduler<T> {
  readonly waiting: PerLane;
  /** Throws FacegateError('overloaded') if too many uploads wait already. */
  add(lane: Lane, job: T): void;
  /** Puts a job back in front of its lane. */
  putBack(lane: Lane, job: T): void;
  /** Takes the next job, given how many of each lane run and how many workers there are. */
  next(running: PerLane, workers: number): { lane: Lane; job: T } | undefined;
  /** Takes up to `most` more jobs of a lane that `alike` accepts, oldest first. */
  more(lane: Lane, alike: (job: T) => boolean, most: number): T[];
  /** Takes all. */
  drain(): T[];
}

/** A scheduler in which, while both lanes wait, at most `streak[lane]` jobs of one lane pass before one of the other. */
export function createScheduler<T>(options: { streak: PerLane; maxWaitingUploads: number }): Scheduler<T> {
  const lanes: Record<Lane, T[]> = { camera: [], upload: [] };
  let last: Lane = 'camera';
  let passed = 0;

  const choose = (running: PerLane, workers: number): Lane | undefined => {
    if (lanes.upload.length === 0) return lanes.camera.length === 0 ? undefined : 'camera';
    if (lanes.camera.length === 0) return 'upload';
    // One worker stays with the cameras while they wait, or a bulk enrollment would blind the doors.
    if (workers > 1 && running.upload >= workers - 1) return 'camera';
    return passed < options.streak[last] ? last : other(last);
  };

  return {
    get waiting() {
      return { camera: lanes.camera.length, upload: lanes.upload.length };
    },
    add(lane, job) {
      if (lane === 'upload' && lanes.upload.length >= options.maxWaitingUploads)
        throw new FacegateError('overloaded', 'Too many images wait to be analysed; try again in a moment.');
      lanes[lane].push(job);
    },
    putBack(lane, job) {
      lanes[lane].unshift(job);
    },
    next(running, workers) {
      const lane = choose(running, workers);
      if (lane === undefined) return undefined;
      passed = lane === last ? passed + 1 : 1;
      last = lane;
      return { lane, job: lanes[lane].shift() as T };
    },
    more(lane, alike, most) {
      const taken = lanes[lane].filter(alike).slice(0, Math.max(0, most));
      lanes[lane] = lanes[lane].filter(job => !taken.includes(job));
      return taken;
    },
    drain() {
      const all = [...lanes.camera, ...lanes.upload];
      lanes.camera = [];
      lanes.upload = [];
      return all;
    },
  };
}

function other(lane: Lane): Lane {
  return lane === 'camera' ? 'upload' : 'camera';
}
