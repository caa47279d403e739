import { FacegateError } from '../../domain/errors.ts';
import type { Person, PersonAccess, Template } from '../../domain/person.ts';
import { type StoredTemplate, storedTemplate } from '../records/person-record.ts';
import type { KeptImage } from '../tables/image-table.ts';
import type { Consent } from '../tables/visit-table.ts';

/** The whole person after the change, with the templates that the change adds. */
export interface PutPerson {
  readonly kind: 'put_person';
  /** Unique; the same change applied again has no effect. */
  readonly opId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly person: Person;
  readonly templates: readonly Template[];
  /** Images of those templates, where they are to be kept; their bytes are lent until the change is durable. */
  readonly keptImages?: readonly KeptImage[];
  /** Takes the place of the consent of before. */
  readonly consent?: Consent;
  /** Who asked for it, as the audit log names them. */
  readonly by?: string;
}

/** Templates of a person give way to templates of the same images by another embedder; kept images go along. */
export interface ReplaceTemplates {
  readonly kind: 'replace_templates';
  readonly opId: string;
  readonly at: number;
  readonly by?: string;
  readonly personId: string;
  readonly replacements: readonly { readonly oldId: string; readonly template: Template }[];
}

/** The person and everything of theirs is gone, for ever. */
export interface DeletePerson {
  readonly kind: 'delete_person';
  readonly opId: string;
  readonly at: number;
  readonly by?: string;
  readonly personId: string;
}

/** One change of the gallery, wherever it came from. */
export type GalleryChange = PutPerson | ReplaceTemplates | DeletePerson;

/** Throws `internal` where a put would tear person and templates apart: each image has its template, each template its image, and what was there stays. */
export function assertWhole({ person, templates }: PutPerson, before: Person | undefined): void {
  const images = person.images.map(image => image.templateId);
  const stored = before?.images.map(image => image.templateId) ?? [];
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

/** The templates after a put: those that were there as they are, and new ones. */
export function withAdded(
  before: readonly StoredTemplate[],
  { templates, keptImages = [] }: PutPerson,
): StoredTemplate[] {
  const kept = new Set(keptImages.map(({ templateId }) => templateId));
  const old = new Set(before.map(({ id }) => id));
  return [
    ...before.map(each => ({ ...each, hasImage: each.hasImage || kept.has(each.id) })),
    ...templates.filter(({ id }) => !old.has(id)).map(each => storedTemplate(each, kept.has(each.id))),
  ];
}

/** The templates after a replacement: the image of an old one, where it is kept, is that of the new one. */
export function withReplacements(
  before: readonly StoredTemplate[],
  { replacements }: ReplaceTemplates,
): StoredTemplate[] {
  const news = new Map(replacements.map(({ oldId, template }) => [oldId, template]));
  return before.map(old => {
    const template = news.get(old.id);
    return template ? storedTemplate(template, old.hasImage) : old;
  });
}

/** The person with the new templates' ids in place of the old ones. Throws `internal` for an image that the person does not have, or a template that is not theirs. */
export function withReplaced(person: Person, { replacements, at }: ReplaceTemplates): Person {
  const newIds = new Map(replacements.map(({ oldId, template }) => [oldId, template.id]));
  const fits =
    replacements.every(({ template }) => template.personId === person.id) &&
    [...newIds.keys()].every(id => person.images.some(image => image.templateId === id)) &&
    newIds.size === replacements.length;
  if (!fits) throw new FacegateError('internal', 'The templates to replace are not those of the person.');
  const images = person.images.map(image => ({
    ...image,
    templateId: newIds.get(image.templateId) ?? image.templateId,
  }));
  return { ...person, images, updatedAt: at };
}

/** Names of the rights at doors that differ; never what they are. */
export function changedRights(before: PersonAccess = {}, after: PersonAccess = {}): string[] {
  const names: Record<keyof PersonAccess, string> = {
    groups: 'groups',
    validFrom: 'valid_from',
    validUntil: 'valid_until',
    deny: 'deny',
  };
  return (Object.keys(names) as (keyof PersonAccess)[])
    .filter(right => JSON.stringify(before[right]) !== JSON.stringify(after[right]))
    .map(right => names[right]);
}
