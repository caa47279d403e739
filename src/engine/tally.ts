import type { BusyMs, EngineStage, Job } from './jobs.ts';

/** What the engine has done since it was opened. */
export interface EngineCounts {
  readonly detectorCalls: number;
  /** Pictures that went through the detector, and faces that were described. */
  readonly pictures: number;
  readonly faces: number;
  /** `batchSizes[n]`: detector calls with n pictures. */
  readonly batchSizes: readonly number[];
  /** Milliseconds that each step kept a worker busy. */
  readonly busyMs: Readonly<Record<EngineStage, number>>;
}

/** Counts what jobs did. */
export function createTally(): { add(done: { job: Job; busyMs: BusyMs }): void; read(): EngineCounts } {
  const batchSizes = [0];
  const busy: Record<EngineStage, number> = { detect: 0, landmark: 0, align: 0, embed: 0, liveness: 0 };
  let faces = 0;
  return {
    add({ job, busyMs }) {
      for (const [stage, ms] of Object.entries(busyMs)) busy[stage as EngineStage] += ms;
      if (job.kind === 'describe') faces += job.detections.length;
      if (job.kind === 'detect') {
        const size = job.pictures.length;
        while (batchSizes.length <= size) batchSizes.push(0);
        batchSizes[size]++;
      }
    },
    read: () => ({
      detectorCalls: batchSizes.reduce((sum, calls) => sum + calls, 0),
      pictures: batchSizes.reduce((sum, calls, size) => sum + calls * size, 0),
      faces,
      batchSizes: [...batchSizes],
      busyMs: { ...busy },
    }),
  };
}
