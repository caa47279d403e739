import { FacegateError } from '../domain/errors.ts';
import type { ViewerLimits } from './dependencies.ts';

const RETRY_AFTER_SECONDS = 10;

/** Counts who watches which camera. */
export interface Viewers {
  /** Lets one more watch a camera until the answer is called (again does nothing). Throws overloaded where too many do already. */
  enter(cameraId: string): () => void;
}

/** Nobody watches yet. */
export function createViewers({ perCamera, inAll }: Pick<ViewerLimits, 'perCamera' | 'inAll'>): Viewers {
  const watching = new Map<string, Set<symbol>>();
  return {
    enter(cameraId) {
      const others = watching.get(cameraId) ?? new Set();
      const all = [...watching.values()].reduce((sum, { size }) => sum + size, 0);
      if (others.size >= perCamera || all >= inAll)
        throw new FacegateError(
          'overloaded',
          `Already ${others.size} watch this camera and ${all} all cameras together; close a view and retry.`,
          { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } },
        );
      const viewer = Symbol(cameraId);
      watching.set(cameraId, others.add(viewer));
      return () => {
        others.delete(viewer);
        if (others.size === 0 && watching.get(cameraId) === others) watching.delete(cameraId);
      };
    },
  };
}
