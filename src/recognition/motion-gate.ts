import type { CameraConfig } from '../config/schema.ts';
import type { Frame } from '../domain/image.ts';
import { type Background, createBackground } from './background.ts';
import { type LumaGrid, lumaGridOf, watchedCells } from './luma-grid.ts';
import { createWatched } from './zones.ts';

/** Tells the frames in which faces must be looked for from those in which nothing can have changed. Pure state, time comes from the frames. */
export interface MotionGate {
  /** Takes in the next frame; whether it must be looked at. `isFollowing` is whether somebody is in view: then always. */
  mustLook(frame: Frame, isFollowing: boolean): boolean;
  /** Faces were looked for in the frame of this time: only then it counts as looked at. */
  looked(at: number): void;
}

/** However still it is, faces are looked for after so many milliseconds. */
const LONGEST_STILL_MS = 1000;

interface Scene {
  readonly grid: LumaGrid;
  readonly fullWidth: number;
  readonly fullHeight: number;
  readonly watched: Uint8Array;
  readonly background: Background;
}

/** The gate of one camera. Changes outside of its watch zones and inside of its ignore zones do not count. */
export function createMotionGate(zones: CameraConfig['zones']): MotionGate {
  const isWatched = createWatched(zones);
  let scene: Scene | undefined;
  let seenAt = Number.NEGATIVE_INFINITY;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const hasChanged = (frame: Frame, elapsed: number, isFollowing: boolean): boolean => {
    const grid = lumaGridOf(frame);
    // After a gap, or a clock that was set back, the background is of another time.
    if (
      scene === undefined ||
      !isSameSize(scene, frame, grid) ||
      elapsed <= 0 ||
      elapsed > LONGEST_STILL_MS
    ) {
      scene = {
        grid,
        fullWidth: frame.full.width,
        fullHeight: frame.full.height,
        watched: watchedCells(grid, isWatched),
        background: createBackground(grid.means),
      };
      return true;
    }
    const changes = scene.background.take(grid.means, elapsed, !isFollowing);
    return isMoving(changes, scene.watched, grid);
  };

  return {
    mustLook(frame, isFollowing) {
      const at = frame.capturedAt;
      const elapsed = at - seenAt;
      seenAt = at;
      const changed = hasChanged(frame, elapsed, isFollowing);
      // The frame nearest to the second: with frames that come a little early or late it is else the one after.
      const isLong = at - lookedAt + elapsed / 2 >= LONGEST_STILL_MS;
      return changed || isFollowing || isLong;
    },
    looked(at) {
      lookedAt = at;
    },
  };
}

function isSameSize({ grid, fullWidth, fullHeight }: Scene, { full }: Frame, now: LumaGrid): boolean {
  const isSameGrid = grid.columns === now.columns && grid.rows === now.rows;
  return isSameGrid && fullWidth === full.width && fullHeight === full.height;
}

/** Two watched cells side by side, or corner to corner, have changed: noise alone seldom changes two such cells at once, and nobody is smaller. */
function isMoving(changes: Float32Array, watched: Uint8Array, { columns }: LumaGrid): boolean {
  for (let cell = 0; cell < changes.length; cell++) {
    if (changes[cell] < 1 || watched[cell] === 0) continue;
    const column = cell % columns;
    const isChanged = (other: number): boolean => changes[other] >= 1 && watched[other] === 1;
    if (column + 1 < columns && (isChanged(cell + 1) || isChanged(cell + columns + 1))) return true;
    if (isChanged(cell + columns) || (column > 0 && isChanged(cell + columns - 1))) return true;
  }
  return false;
}
