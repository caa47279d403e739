import { Hono } from 'hono';
import type { DoorVerdict } from '../domain/door.ts';
import { FacegateError } from '../domain/errors.ts';
import { boundingBox } from '../domain/event.ts';
import type { Face } from '../domain/face.ts';
import { boxArea } from '../domain/geometry.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import type { Uploads } from './uploads.ts';

/** What a door would decide of a face now, and why. */
export type DoorTrial = DoorVerdict & {
  /** In sentences. */
  readonly explanation: string;
  /** Of the known person. */
  readonly customerPersonId?: string;
  readonly similarity: number;
  readonly threshold: number;
  readonly margin: number;
};

/** The doors as the API needs them. */
export interface ApiDoors {
  /** Whether the customer has a door of this id. */
  has(customerId: string, id: string): boolean;
  /** Only of a door that is there. */
  tryFace(customerId: string, id: string, face: Face): Promise<DoorTrial>;
}

/** The route /api/v1/doors/{id}/test: what would be decided of the largest face in an image; nothing is opened and no event is written. */
export function doorRoutes(
  { doors, ledger, now }: Pick<ApiDependencies, 'doors' | 'ledger' | 'now'>,
  uploads: Uploads,
): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.post('/:id/test', c => {
    const id = c.req.param('id');
    const { customerId, by } = c.get('caller');
    if (!doors.has(customerId, id))
      throw new FacegateError(
        'not_found',
        'There is no such door; the configuration lists them under doors.',
      );
    return uploads.receive(c.req.raw, async ({ image }) => {
      if (image === undefined)
        throw new FacegateError(
          'missing_parameter',
          'The request lacks image_path: send the image as a file.',
        );
      const { faces } = await uploads.analyze(image, { mirrored: false, signal: c.req.raw.signal });
      const face = largestOf(faces);
      const trial = await doors.tryFace(customerId, id, face);
      ledger.note({
        at: now(),
        act: 'door.test',
        by,
        customerId,
        ...(trial.customerPersonId !== undefined && { customerPersonIds: [trial.customerPersonId] }),
        details: { door: id, decision: trial.decision },
      });
      return c.json({ status: 'success', door: id, ...answerOf(trial), bounding_box: boundingBox(face.box) });
    });
  });

  return app;
}

function largestOf(faces: readonly Face[]): Face {
  const [largest] = [...faces].sort((a, b) => boxArea(b.box) - boxArea(a.box));
  if (largest === undefined)
    throw new FacegateError('no_face', 'No face was found in the image; send one that shows a face.');
  return largest;
}

function answerOf({ customerPersonId, ...trial }: DoorTrial) {
  return { ...trial, ...(customerPersonId !== undefined && { customer_person_id: customerPersonId }) };
}
