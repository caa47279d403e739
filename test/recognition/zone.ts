import type { CameraConfig } from '../../src/config/schema.ts';

/** The whole height of the picture between two shares of its width. */
export function zone(kind: 'watch' | 'ignore', left: number, right: number): CameraConfig['zones'][number] {
  return {
    name: kind,
    kind,
    polygon: [
      [left, 0],
      [right, 0],
      [right, 1],
      [left, 1],
    ],
  };
}
