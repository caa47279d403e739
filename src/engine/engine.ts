import { availableParallelism } from 'node:os';
import type { ModelSet } from '../config/catalog.ts';
import type { EngineConfig } from '../config/schema.ts';
import { StartupError } from '../domain/errors.ts';
import type { Detection, Face } from '../domain/face.ts';
import type { Picture } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';
import { createDispatcher, type Tally } from './dispatcher.ts';
import { embedderIdOf } from './embedder.ts';
import { inParts } from './face-parts.ts';
import { checkInputSizes } from './input-size.ts';
import { createLivenessCheck, withUsableLiveness } from './liveness-check.ts';
import { verifyModels } from './models/verify.ts';
import { overSharedMemory, smallOf } from './posting.ts';
import type { Lane, PerLane } from './scheduler.ts';
import type { EngineCounts } from './tally.ts';
import { createTally } from './tally.ts';
import type { SlotOptions, WorkerSlot } from './worker-slot.ts';
import { openWorkerSlot } from './worker-slot.ts';

/** What the engine does now and has done. */
export interface EngineStats extends EngineCounts {
  readonly workers: {
    readonly configured: number;
    readonly alive: number;
    readonly busy: number;
    readonly restarts: number;
  };
  readonly waiting: PerLane;
}

/** Finds and describes faces, in worker threads. Its promises reject with FacegateError: `overloaded`, `not_ready` or `internal`. */
export interface Engine {
  /** What its embeddings are marked with: catalog id, "@", version. */
  readonly embedderId: string;
  /**
   * Waits for a free worker, then calls `take()` for the newest frame and finds its faces, down to the score at which one is still followed; cameras that wait at the same time share one
   * turn, and each gets the same time of the workers: name the camera, or a crowd before it can take from the others. Resolves undefined if `take()` gave nothing. A taken frame stays
   * its owner's to release, also when this rejects.
   */
  detectNewest<F extends Picture>(
    take: () => F | undefined,
    options?: { camera?: string },
  ): Promise<{ frame: F; detections: Detection[] } | undefined>;
  /** Finds the faces of a picture that are sure enough to be new ones, best first. */
  detect(picture: Picture, lane: Lane): Promise<Detection[]>;
  /** One face per detection, in order. `mirrored` sums the embedding with that of the mirror image: twice the cost, meant for enrollment. `liveness` adds what the liveness model says, where the face could be assessed; its failure costs nothing else. A frame is described at the expense of its camera. */
  describe(
    picture: Picture & { readonly cameraId?: string },
    detections: readonly Detection[],
    options: { lane: Lane; mirrored?: boolean; liveness?: boolean },
  ): Promise<Face[]>;
  stats(): EngineStats;
  close(): Promise<void>;
}

/** What an engine is made of. */
export interface EngineOptions {
  readonly models: ModelSet;
  /** Folder of the prepared models. */
  readonly dir: string;
  readonly config: EngineConfig;
  readonly log: Logger;
  /** Told of every job that was done. */
  readonly onDone?: Tally;
  /** The worker's program; the compiled one beside this file. */
  readonly workerFile?: URL;
  readonly limits?: SlotOptions['limits'];
  /** Threads of each worker; one, as more workers gain more than more threads (bench/workers.ts). */
  readonly threads?: number;
}

const LIMITS: SlotOptions['limits'] = { startMs: 60_000, jobMs: 20_000, backoffMs: 250 };
/**
 * One worker per core, none left for the decoders: on two cores two workers gave 157 frames a second and one 84; beside four decoders of 1080p 122
 * and 76, with the decoders in time in both. On one core a second worker gains nothing, and each costs 45 MB. Two threads in one worker were slower
 * than one (bench/workers.ts; 8 cameras, a face in each fourth frame).
 */
const MAX_AUTO_WORKERS = 8;
const MAX_WAITING_UPLOADS = 64;
/** Checks the models, starts the workers and waits until all are ready. Throws StartupError if they cannot be. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { dir, config, log, onDone, limits = LIMITS } = options;
  checkInputSizes(options.models.detector, config);
  const { models, missing } = await withUsableLiveness(options.models, dir);
  await verifyModels({ entries: Object.values(models), dir });
  const file = options.workerFile ?? new URL('./worker.js', import.meta.url);
  const minDetectionScore = Math.min(config.minDetectionScore, config.minTrackingScore);
  const setup = { models, dir, minDetectionScore, threads: options.threads ?? 1 };
  const count =
    config.workers === 'auto' ? Math.min(availableParallelism(), MAX_AUTO_WORKERS) : config.workers;
  const tally = createTally();
  const now = () => performance.now();
  const slots = Array.from({ length: count }, () =>
    openWorkerSlot({ file, setup, log, limits, onChange: () => dispatcher.wake() }),
  );
  const dispatcher = createDispatcher({
    slots,
    maxBatch: config.maxBatch,
    maxWaitingUploads: MAX_WAITING_UPLOADS,
    tally: done => {
      tally.add(done);
      onDone?.(done);
    },
    now,
  });
  const checkLiveness = createLivenessCheck({
    run: dispatcher.run,
    missing,
    log,
    now,
  });
  await allStarted(slots);
  log.info({ workers: count, embedder: embedderIdOf(models.embedder) }, 'The engine is ready.');

  return {
    embedderId: embedderIdOf(models.embedder),
    async detectNewest<F extends Picture>(take: () => F | undefined, { camera }: { camera?: string } = {}) {
      let frame: F | undefined;
      const detections = await dispatcher.detectNewest(() => {
        frame = take();
        return frame && smallOf(frame);
      }, camera);
      return frame === undefined || detections === undefined ? undefined : { frame, detections };
    },
    async detect(picture, lane) {
      const [detections] = await dispatcher.run(lane, { kind: 'detect', pictures: [smallOf(picture)] });
      return detections.filter(({ score }) => score >= config.minDetectionScore);
    },
    async describe(picture, detections, { lane, mirrored = false, liveness = false }) {
      if (detections.length === 0) return [];
      const full = overSharedMemory(picture.full);
      const camera = picture.cameraId;
      return inParts(detections, lane, async part => {
        const job = { kind: 'describe', full, detections: part, mirrored } as const;
        const faces = await dispatcher.run(lane, job, camera);
        return liveness ? checkLiveness(full, faces, lane, camera) : faces;
      });
    },
    stats: () => ({ ...tally.read(), workers: countWorkers(slots), waiting: dispatcher.waiting }),
    async close() {
      dispatcher.close();
      await Promise.all(slots.map(slot => slot.close()));
    },
  };
}

async function allStarted(slots: readonly WorkerSlot[]): Promise<void> {
  try {
    await Promise.all(slots.map(({ started }) => started));
  } catch (cause) {
    await Promise.all(slots.map(slot => slot.close()));
    throw new StartupError(`The engine's workers cannot start: ${(cause as Error).message}.`, { cause });
  }
}

function countWorkers(slots: readonly WorkerSlot[]): EngineStats['workers'] {
  return {
    configured: slots.length,
    alive: slots.filter(({ phase }) => phase === 'idle' || phase === 'busy').length,
    busy: slots.filter(({ phase }) => phase === 'busy').length,
    restarts: slots.reduce((sum, { restarts }) => sum + restarts, 0),
  };
}
