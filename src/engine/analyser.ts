import type { Face } from '../domain/face.ts';
import { alignFace } from './alignment.ts';
import type { Detector } from './detector.ts';
import { openDetector } from './detector.ts';
import type { Embedder } from './embedder.ts';
import { openEmbedder } from './embedder.ts';
import type {
  AssessJob,
  BusyMs,
  DescribeJob,
  DetectJob,
  EngineStage,
  JobResults,
  WorkerSetup,
} from './jobs.ts';
import type { Landmarker, LocatedFace } from './landmarks.ts';
import { openLandmarker } from './landmarks.ts';
import type { LivenessModel } from './liveness.ts';
import { openLiveness } from './liveness.ts';
import { measureQuality } from './quality.ts';

/** The models of one worker and the order in which they are used. Computes on the calling thread. */
export interface Analyser {
  detect(job: DetectJob): Promise<{ result: JobResults['detect']; busyMs: BusyMs }>;
  describe(job: DescribeJob): Promise<{ result: JobResults['describe']; busyMs: BusyMs }>;
  assess(job: AssessJob): Promise<{ result: JobResults['assess']; busyMs: BusyMs }>;
  close(): Promise<void>;
}

/** Loads the models of a worker. */
export async function openAnalyser(setup: WorkerSetup): Promise<Analyser> {
  const { models, dir, threads, minDetectionScore: minScore } = setup;
  // The largest first: the others then live in what its loading left behind (7 MB less in each worker).
  const embedder = await openEmbedder(models.embedder, dir, threads);
  const detector = await openDetector(models.detector, dir, { threads, minScore });
  const landmarker = models.landmarker && (await openLandmarker(models.landmarker, dir, threads));
  const liveness = await openLiveness(models.liveness, dir, threads);
  return {
    detect: job => detect(detector, job),
    describe: job => describe({ landmarker, embedder, template: models.embedder.template }, job),
    assess: job => assess(liveness, job),
    async close() {
      await Promise.all([detector.close(), landmarker?.close(), embedder.close(), liveness.close()]);
    },
  };
}

async function detect(detector: Detector, job: DetectJob) {
  const watch = stopwatch();
  const result = await detector.detect(job.pictures);
  watch.lap('detect');
  return { result, busyMs: watch.busyMs };
}

async function assess(liveness: LivenessModel, job: AssessJob) {
  const watch = stopwatch();
  const result = await liveness.assess(job.full, job.boxes);
  watch.lap('liveness');
  return { result, busyMs: watch.busyMs };
}

interface Describers {
  readonly landmarker: Landmarker | undefined;
  readonly embedder: Embedder;
  readonly template: WorkerSetup['models']['embedder']['template'];
}

async function describe({ landmarker, embedder, template }: Describers, job: DescribeJob) {
  const { full, detections, mirrored } = job;
  const watch = stopwatch();
  const located = await locate(landmarker, job);
  watch.lap('landmark');
  const crops = located.map(({ landmarks }) => alignFace(full, landmarks, template, embedder.size));
  watch.lap('align');
  const embedded = await embedder.embed(crops, mirrored);
  watch.lap('embed');
  const result = detections.map((detection, at): Face => {
    const { embedding, norm } = embedded[at];
    const { landmarks } = located[at];
    const face = { box: detection.box, ...located[at] };
    const crop = { data: crops[at], size: embedder.size };
    return { ...detection, landmarks, quality: measureQuality(face, full, crop, norm), embedding };
  });
  watch.lap('align');
  return { result, busyMs: watch.busyMs };
}

async function locate(
  landmarker: Landmarker | undefined,
  { full, detections }: DescribeJob,
): Promise<LocatedFace[]> {
  const given = detections.flatMap(({ landmarks }) => (landmarks === undefined ? [] : [{ landmarks }]));
  if (given.length === detections.length) return given;
  if (landmarker === undefined)
    throw new TypeError('the detector gives no landmarks and there is no landmarker');
  return landmarker.locate(
    full,
    detections.map(({ box }) => box),
  );
}

function stopwatch(): { lap(stage: EngineStage): void; readonly busyMs: BusyMs } {
  const busyMs: Partial<Record<EngineStage, number>> = {};
  let since = performance.now();
  return {
    lap(stage) {
      const now = performance.now();
      busyMs[stage] = (busyMs[stage] ?? 0) + now - since;
      since = now;
    },
    busyMs,
  };
}
