import type { ModelSet } from '../config/catalog.ts';
import { FacegateError, StartupError } from '../domain/errors.ts';
import type { Face } from '../domain/face.ts';
import type { Image } from '../domain/image.ts';
import type { Logger } from '../platform/logger.ts';
import type { Dispatcher } from './dispatcher.ts';
import { verifyModels } from './models/verify.ts';
import type { Lane } from './scheduler.ts';

/** Adds to faces what the liveness model says of them. Never rejects: a face that could not be assessed is returned as it was. */
export type LivenessCheck = (
  full: Image,
  faces: readonly Face[],
  lane: Lane,
  camera?: string,
) => Promise<Face[]>;

const COMPLAIN_EVERY_MS = 60_000;
/** A model that costs a worker is left alone for this long, so that recognition goes on. */
const REST_MS = 60_000;

/** The models without the liveness model where that is not installed as pinned, and the reason. */
export async function withUsableLiveness(
  { liveness, ...others }: ModelSet,
  dir: string,
): Promise<{ models: ModelSet; missing?: string }> {
  if (liveness === undefined) return { models: others, missing: 'No liveness model is configured.' };
  try {
    await verifyModels({ entries: [liveness], dir });
    return { models: { ...others, liveness } };
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    return { models: others, missing: error.message };
  }
}

/** The check, by jobs of the engine; `missing` says why there is no model. Complains once a minute; `now` in milliseconds, of any clock that only goes forward. */
export function createLivenessCheck(options: {
  readonly run: Dispatcher['run'];
  readonly missing: string | undefined;
  readonly log: Logger;
  readonly now: () => number;
}): LivenessCheck {
  const { run, missing, log, now } = options;
  let complainedAt = Number.NEGATIVE_INFINITY;
  let restsUntil = Number.NEGATIVE_INFINITY;

  const complain = (reason: string) => {
    if (now() - complainedAt < COMPLAIN_EVERY_MS) return;
    complainedAt = now();
    log.error(
      { reason },
      'Faces are not assessed for liveness; where it is required, nobody is let through.',
    );
  };

  return async (full, faces, lane, camera) => {
    if (missing !== undefined) complain(missing);
    if (missing !== undefined || now() < restsUntil) return [...faces];
    try {
      const boxes = faces.map(({ box }) => box);
      const scores = await run(lane, { kind: 'assess', full, boxes }, camera);
      return faces.map((face, at) => {
        const liveness = scores[at];
        return liveness === undefined ? face : { ...face, liveness };
      });
    } catch (error) {
      if (error instanceof FacegateError && error.code === 'not_ready') restsUntil = now() + REST_MS;
      complain((error as Error).message);
      return [...faces];
    }
  };
}
