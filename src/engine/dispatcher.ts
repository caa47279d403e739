import { FacegateError } from '../domain/errors.ts';
import type { Detection } from '../domain/face.ts';
import type { SmallPicture } from './decoding.ts';
import type { BusyMs, DetectJob, Job, JobResults } from './jobs.ts';
import type { Lane, PerLane } from './scheduler.ts';
import { createScheduler } from './scheduler.ts';
import type { WorkerSlot } from './worker-slot.ts';

/** What was done, for the statistics. */
export type Tally = (done: { job: Job; busyMs: BusyMs }) => void;

/** Hands jobs to free workers. */
export interface Dispatcher {
  readonly waiting: PerLane;
  /** Finds faces in whatever `take` gives once it is the camera's turn, in one batch with others that wait. Resolves undefined if it gave nothing. */
  detectNewest(take: () => SmallPicture | undefined, camera?: string): Promise<Detection[] | undefined>;
  /** Does one job when its turn comes: that of `camera` in the cameras' lane. Rejects with FacegateError. */
  run<J extends Job>(lane: Lane, job: J, camera?: string): Promise<JobResults[J['kind']]>;
  /** A worker became free or was lost. */
  wake(): void;
  close(): void;
}

interface NewestRequest {
  readonly kind: 'newest';
  readonly camera: string;
  take(): SmallPicture | undefined;
  resolve(detections: Detection[] | undefined): void;
  reject(error: unknown): void;
}

interface JobRequest {
  readonly kind: 'job';
  readonly job: Job;
  /** Those who share in its cost; the first is the one whose turn it is. */
  readonly cameras: readonly string[];
  resolve(result: JobResults[Job['kind']]): void;
  reject(error: unknown): void;
}

type Request = NewestRequest | JobRequest;

/** Those who do not say who they are share one turn. */
const NAMELESS = '';
const STREAK: PerLane = { camera: 3, upload: 1 };

/** Creates the dispatcher of these workers. */
export function createDispatcher(options: {
  slots: readonly WorkerSlot[];
  maxBatch: number;
  maxWaitingUploads: number;
  tally: Tally;
  /** Milliseconds of a clock that only goes forward. */
  now: () => number;
}): Dispatcher {
  const { slots, maxBatch, tally, now } = options;
  const scheduler = createScheduler<Request>({
    streak: STREAK,
    maxWaitingUploads: options.maxWaitingUploads,
    cameraOf: request => (request.kind === 'newest' ? request.camera : request.cameras[0]),
  });
  const laneOf = new Map<WorkerSlot, Lane>();
  let isWoken = false;
  let isClosed = false;

  const running = (): PerLane => {
    const count = (lane: Lane) =>
      slots.filter(slot => slot.phase === 'busy' && laneOf.get(slot) === lane).length;
    return { camera: count('camera'), upload: count('upload') };
  };

  const wake = () => {
    if (isWoken) return;
    isWoken = true;
    // Later in this turn: requests that are made together can then share a batch.
    queueMicrotask(() => {
      isWoken = false;
      dispatch();
    });
  };

  const dispatch = () => {
    if (areLost()) refuseWaitingJobs();
    for (;;) {
      const slot = slots.find(({ phase }) => phase === 'idle');
      const next = slot && scheduler.next(running(), aliveCount());
      if (slot === undefined || next === undefined) return;
      const request = next.job.kind === 'newest' ? takeBatch(next.job) : next.job;
      if (request !== undefined) start(slot, next.lane, request);
    }
  };

  const start = (slot: WorkerSlot, lane: Lane, { job, cameras, resolve, reject }: JobRequest) => {
    const startedAt = now();
    laneOf.set(slot, lane);
    const ended = slot.run(job);
    // How long the others had to wait is what it cost, also where nothing came of it.
    const charge = () => {
      if (lane === 'upload') return;
      for (const camera of cameras) scheduler.charge(camera, (now() - startedAt) / cameras.length);
    };
    ended.then(charge, charge);
    ended.then(({ result, busyMs }) => {
      tally({ job, busyMs });
      resolve(result);
    }, reject);
  };

  /** Without a batch's gain on one thread, pictures are better spread over the free workers. */
  const takeBatch = (first: NewestRequest): JobRequest | undefined => {
    const idle = slots.filter(({ phase }) => phase === 'idle').length;
    const most = Math.min(maxBatch, Math.ceil((1 + scheduler.waiting.camera) / idle));
    const others = scheduler.more(({ kind }) => kind === 'newest', most - 1) as NewestRequest[];
    const taken = [first, ...others].flatMap(takeOne);
    if (taken.length === 0) return undefined;
    return joinBatch(taken);
  };

  const areLost = () => slots.every(({ phase }) => phase === 'lost' || phase === 'closed');
  const aliveCount = () => slots.filter(({ phase }) => phase !== 'lost').length;

  /** A request for the newest frame holds nothing and may wait for a worker; a job holds pixels and somebody's patience. */
  const refuseWaitingJobs = () => {
    for (const request of scheduler.drain()) {
      if (request.kind === 'newest' && !isClosed) scheduler.putBack(request);
      else request.reject(notReady());
    }
  };

  const add = (lane: Lane, request: Request) => {
    if (isClosed) throw notReady();
    scheduler.add(lane, request);
    wake();
  };

  return {
    get waiting() {
      return scheduler.waiting;
    },
    detectNewest: (take, camera = NAMELESS) =>
      new Promise((resolve, reject) => add('camera', { kind: 'newest', camera, take, resolve, reject })),
    run: <J extends Job>(lane: Lane, job: J, camera = NAMELESS) =>
      new Promise<JobResults[J['kind']]>((resolve, reject) =>
        add(lane, {
          kind: 'job',
          job,
          cameras: [camera],
          resolve: result => resolve(result as JobResults[J['kind']]),
          reject,
        }),
      ),
    wake,
    close() {
      isClosed = true;
      refuseWaitingJobs();
    },
  };
}

interface Taken {
  readonly request: NewestRequest;
  readonly picture: SmallPicture;
}

function takeOne(request: NewestRequest): Taken[] {
  try {
    const picture = request.take();
    if (picture !== undefined) return [{ request, picture }];
    request.resolve(undefined);
  } catch (error) {
    request.reject(error);
  }
  return [];
}

function joinBatch(taken: readonly Taken[]): JobRequest {
  const job: DetectJob = { kind: 'detect', pictures: taken.map(({ picture }) => picture) };
  return {
    kind: 'job',
    job,
    cameras: taken.map(({ request }) => request.camera),
    resolve: result => {
      for (const [at, { request }] of taken.entries()) request.resolve((result as Detection[][])[at]);
    },
    reject: error => {
      for (const { request } of taken) request.reject(error);
    },
  };
}

function notReady(): FacegateError {
  return new FacegateError('not_ready', 'The engine is not running; try again in a moment.');
}
