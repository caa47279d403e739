import { FacegateError } from '../domain/errors.ts';
import type { Person, Template } from '../domain/person.ts';

/** The whole person after the change, with the templates that the change adds. */
export interface PutPerson {
  readonly kind: 'put_person';
  /** Unique; the same change applied again has no effect. */
  readonly opId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly person: Person;
  readonly templates: readonly Template[];
}

/** The person and everything of theirs is gone, for ever. */
export interface DeletePerson {
  readonly kind: 'delete_person';
  readonly opId: string;
  readonly at: number;
  readonly personId: string;
}

/** One change of the gallery, wherever it came from. */
export type GalleryChange = PutPerson | DeletePerson;

/** Throws `internal` where a put would tear person and templates apart: each image has its template, each template its image. */
export function assertWhole(
  { person, templates }: PutPerson,
  before: Person | undefined,
  stored: readonly string[],
): void {
  const images = person.images.map(image => image.templateId);
  const known = new Set([...stored, ...templates.map(template => template.id)]);
  const whole =
    new Set(images).size === images.length &&
    known.size === images.length &&
    images.every(id => known.has(id)) &&
    templates.every(each => each.personId === person.id && each.customerId === person.customerId);
  if (!whole) throw new FacegateError('internal', "A person's images and templates must be the same set.");
  if (
    before &&
    (before.customerId !== person.customerId || before.customerPersonId !== person.customerPersonId)
  )
    throw new FacegateError(
      'internal',
      'A person keeps the customer and the id that they were enrolled with.',
    );
}
