import { type Context, Hono } from 'hono';
import { FacegateError } from '../domain/errors.ts';
import { boundingBox } from '../domain/event.ts';
import {
  accessAnswer,
  consentAnswer,
  imagesAnswer,
  personAnswer,
  profileAnswer,
  warningsAnswer,
} from './answers.ts';
import type { RequestBody, SentConsent } from './body.ts';
import type { ApiDependencies, Consent } from './dependencies.ts';
import { createFaceFinder } from './enrollment.ts';
import type { ApiEnv } from './environment.ts';
import { cursorOf, idInPath, ListQuery, parse } from './fields.ts';
import type { Uploads } from './uploads.ts';

const DEFAULT_PAGE = 100;

/** The routes under /miicloud/person. */
export function personRoutes(deps: ApiDependencies, uploads: Uploads): Hono<ApiEnv> {
  const { gallery, ledger } = deps;
  const findFace = createFaceFinder(deps, uploads);
  const app = new Hono<ApiEnv>();

  app.post('/', c =>
    uploads.receive(
      c.req.raw,
      async ({ customerPersonId, profile, access, image, consent, checkDuplicates: refuseDuplicates }) => {
        if (customerPersonId === undefined) throw missing('customer_person_id');
        if (image === undefined) throw missing('image_path (the image as a file)');
        const { customerId, by } = c.get('caller');
        const { face, ...added } = await findFace(image, c.req.raw.signal);
        const person = { customerId, customerPersonId, profile, refuseDuplicates, by, ...given(consent) };
        const enrolled = await gallery.enroll({ ...person, ...added, ...(access && { access }) });
        return c.json({
          status: 'success',
          miicloud_person_id: enrolled.person.id,
          customer_person_id: customerPersonId,
          ...profileAnswer(enrolled.person),
          ...accessAnswer(enrolled.person),
          bounding_box: boundingBox(face.box),
          image: enrolled.image.name,
          ...warningsAnswer(enrolled.warnings),
        });
      },
    ),
  );

  app.put('/', c => uploads.receive(c.req.raw, body => update(c, body, 'replace')));

  app.put('/:id', async c => {
    const id = existing(c);
    return uploads.receive(c.req.raw, body => update(c, body, 'replace', id));
  });

  app.patch('/:id', async c => {
    const id = existing(c);
    return uploads.receive(c.req.raw, body => update(c, body, 'merge', id));
  });

  app.get('/', c => {
    const { limit = DEFAULT_PAGE, cursor } = parse(ListQuery, c.req.query());
    const page = { limit, ...(cursor !== undefined && { after: cursor }) };
    const { persons, next } = gallery.list(c.get('caller').customerId, page);
    return c.json({
      persons: persons.map(person => personAnswer(person, gallery.needsEnrollment(person.id))),
      ...(next !== undefined && { next_cursor: cursorOf(next) }),
    });
  });

  app.get('/:id', c => {
    const person = gallery.find(c.get('caller').customerId, idInPath(c.req.path));
    if (person === undefined) throw notFound();
    return c.json({
      ...personAnswer(person, gallery.needsEnrollment(person.id)),
      ...consentAnswer(gallery.consent(person.id)),
    });
  });

  app.delete('/:id', async c => {
    const { customerId, by } = c.get('caller');
    const person = await gallery.remove(customerId, idInPath(c.req.path), { by });
    // A header, because the documented body has no place for it.
    c.header('x-erasure-receipt', ledger.receipts.issue(person, deps.now()));
    return c.json({
      status: 'success',
      customer_person_id: person.customerPersonId,
      miicloud_person_id: person.id,
    });
  });

  return app;

  function given(consent: SentConsent | undefined): { consent?: Consent } {
    return consent ? { consent: { ...consent, givenAt: deps.now() } } : {};
  }

  async function update(c: Context<ApiEnv>, body: RequestBody, mode: 'replace' | 'merge', idInUrl?: string) {
    const { customerPersonId: idInBody, profile, access, image, consent } = body;
    const customerPersonId = idInUrl ?? idInBody;
    if (customerPersonId === undefined) throw missing('customer_person_id');
    if (idInBody !== undefined && idInBody !== customerPersonId)
      throw new FacegateError('invalid_request', 'customer_person_id differs between the URL and the body.');
    // A mangled body would otherwise read as a request to blank the whole profile.
    if (idInBody === undefined && !image && !access && Object.keys(profile).length === 0)
      throw missing('at least one of first_name, last_name, email, phone, groups and image_path');
    const { customerId, by } = c.get('caller');
    if (gallery.find(customerId, customerPersonId) === undefined) throw notFound();
    const added = image && (await findFace(image, c.req.raw.signal));
    const { person, warnings } = await gallery.update({
      customerId,
      customerPersonId,
      profile,
      mode,
      ...(access && { access }),
      refuseDuplicates: body.checkDuplicates,
      by,
      ...given(consent),
      ...(added && { image: added.image, template: added.template }),
    });
    return c.json({
      status: 'success',
      miicloud_person_id: person.id,
      customer_person_id: customerPersonId,
      ...profileAnswer(person),
      ...accessAnswer(person),
      images: imagesAnswer(person),
      ...(added && { bounding_box: boundingBox(added.face.box) }),
      ...warningsAnswer(warnings),
    });
  }

  /** The id in the path, of a person who is enrolled: checked before the body is read, so that nothing is spent on nobody. */
  function existing(c: Context<ApiEnv>): string {
    const id = idInPath(c.req.path);
    if (gallery.find(c.get('caller').customerId, id) === undefined) throw notFound();
    return id;
  }
}

function missing(what: string): FacegateError {
  return new FacegateError(
    'missing_parameter',
    `The request lacks ${what}; send it as a form or JSON field.`,
  );
}

function notFound(): FacegateError {
  return new FacegateError('person_not_found', 'No person with this customer_person_id is enrolled.');
}
