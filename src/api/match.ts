import { Hono } from 'hono';
import { FacegateError } from '../domain/errors.ts';
import { boundingBox } from '../domain/event.ts';
import { boxArea } from '../domain/geometry.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import type { Uploads } from './uploads.ts';

/** The route /miicloud/match_faces: 1:N search of every face, or 1:1 verification where customer_person_id is sent. */
export function matchRoutes(
  { gallery, ledger, decide, now }: ApiDependencies,
  uploads: Uploads,
): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();

  app.post('/', c =>
    uploads.receive(c.req.raw, async ({ customerPersonId, image }) => {
      const { customerId, by } = c.get('caller');
      const person = customerPersonId === undefined ? undefined : gallery.find(customerId, customerPersonId);
      if (customerPersonId !== undefined && person === undefined)
        throw new FacegateError('person_not_found', 'No person with this customer_person_id is enrolled.');
      if (image === undefined)
        throw new FacegateError(
          'missing_parameter',
          'The request lacks image_path: send the image as a file.',
        );
      const { faces } = await uploads.analyze(image, { mirrored: false, signal: c.req.raw.signal });
      const options = person === undefined ? {} : { personId: person.id };
      const matched = await Promise.all(
        faces.map(async ({ box, embedding }) => ({
          box,
          match: await gallery.search(customerId, embedding, options),
        })),
      );
      const answers = matched
        .sort((a, b) => boxArea(b.box) - boxArea(a.box))
        .map(({ box, match }) => {
          const candidate = decide(match, { customerId, ...options });
          // Who was deleted while other faces were searched for is not named any more.
          if (!candidate || gallery.find(customerId, candidate.customerPersonId)?.id !== candidate.personId)
            return { match_status: 'unknown', bounding_box: boundingBox(box), match_confidence: 0 };
          return {
            match_status: 'known',
            bounding_box: boundingBox(box),
            match_confidence: Math.min(1, Math.max(Number.EPSILON, candidate.similarity)),
            miicloud_person_id: candidate.personId,
            customer_person_id: candidate.customerPersonId,
          };
        });
      const known = answers.flatMap(answer => answer.customer_person_id ?? []);
      ledger.note({
        at: now(),
        act: 'match',
        by,
        customerId,
        customerPersonIds: known,
        details: { faces: answers.length, known: known.length, verification: person !== undefined },
      });
      return c.json({ faces: answers });
    }),
  );

  return app;
}
