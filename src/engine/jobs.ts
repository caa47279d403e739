import type { ModelSet } from '../config/catalog.ts';
import type { Detection, Face } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';
import type { SmallPicture } from './decoding.ts';
import type { LivenessScore } from './liveness.ts';

/** What a worker needs to load its models; its `workerData`. */
export interface WorkerSetup {
  readonly models: ModelSet;
  readonly dir: string;
  readonly minDetectionScore: number;
  /** Threads in which one model computes. */
  readonly threads: number;
}

/** Find faces in pictures, whose pixels lie over shared memory. */
export interface DetectJob {
  readonly kind: 'detect';
  readonly pictures: readonly SmallPicture[];
}

/** Describe faces of one picture. */
export interface DescribeJob {
  readonly kind: 'describe';
  readonly full: Image;
  readonly detections: readonly Detection[];
  readonly mirrored: boolean;
}

/** Tell living faces of one picture from pictures of faces. A job of its own, so that its failure costs no description. */
export interface AssessJob {
  readonly kind: 'assess';
  readonly full: Image;
  readonly boxes: readonly Box[];
}

/** A worker does one job at a time. */
export type Job = DetectJob | DescribeJob | AssessJob;

/** The steps of the work, for counting how long each keeps a core busy. */
export type EngineStage = 'detect' | 'landmark' | 'align' | 'embed' | 'liveness';

/** Milliseconds per step. */
export type BusyMs = Readonly<Partial<Record<EngineStage, number>>>;

/** What each kind of job gives: detections per picture, one face per detection, or one score per box that could be assessed. */
export interface JobResults {
  readonly detect: Detection[][];
  readonly describe: Face[];
  readonly assess: (LivenessScore | undefined)[];
}

/** What a worker says: that it is ready, or what became of its job. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'done'; readonly result: JobResults[Job['kind']]; readonly busyMs: BusyMs }
  | { readonly kind: 'failed'; readonly reason: string };
