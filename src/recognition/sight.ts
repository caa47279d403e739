import type { Detection, Face } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import type { TrackedDetection } from './association.ts';

/** A detection as the tracker sees it: its box in the coordinates of the scene, which do not depend on the stream it was found in. */
export interface Sight extends TrackedDetection {
  /** As it was found, or described: in pixels of its own frame. */
  readonly found: Detection | Face;
}

/** The sight of a detection, or of a described face, whose place in the scene is `box`. */
export function sightOf(found: Detection | Face, box: Box): Sight {
  const { score } = found;
  return 'embedding' in found ? { box, score, embedding: found.embedding, found } : { box, score, found };
}
