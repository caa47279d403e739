import type { CameraStatus } from '../domain/camera.ts';

/** Notices cameras whose frames come and are not analysed. */
export interface PipelineWatch {
  /** Looks at all cameras; to be called every second or so. */
  look(): void;
  /** Cameras that give frames now, and those of them whose frames nobody analyses. */
  read(): { readonly live: number; readonly stalled: number };
}

/** Longer than a worker that hangs is waited for, in milliseconds. */
const LONGEST_MS = 25_000;
/** At a low pace: so many frames. */
const LONGEST_FRAMES = 5;

interface Mark {
  arrived: number;
  analysed: number;
  at: number;
}

/** A watch over these cameras; `now` is in milliseconds of a clock that only goes forward. A camera that is away has no frames to analyse. */
export function createPipelineWatch(
  cameras: readonly { readonly fps: number; status(): CameraStatus }[],
  now: () => number,
): PipelineWatch {
  const marks = new Map<number, Mark>();

  const lookAt = (status: CameraStatus, at: number): void => {
    const { phase, frames: arrived, recognition } = status;
    const analysed = (recognition?.frames ?? 0) + (recognition?.still ?? 0);
    const mark = marks.get(at);
    if (phase !== 'live') marks.delete(at);
    else if (mark === undefined || mark.analysed !== analysed || mark.arrived === arrived)
      marks.set(at, { arrived, analysed, at: now() });
  };

  return {
    look: () => {
      for (const [at, camera] of cameras.entries()) lookAt(camera.status(), at);
    },
    read: () => {
      const isStalled = ([camera, { at }]: [number, Mark]) =>
        now() - at > Math.max(LONGEST_MS, (LONGEST_FRAMES * 1000) / cameras[camera].fps);
      return { live: marks.size, stalled: [...marks].filter(isStalled).length };
    },
  };
}
