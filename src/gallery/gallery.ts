import { randomBytes } from 'node:crypto';
import { FacegateError } from '../domain/errors.ts';
import type { Embedding } from '../domain/face.ts';
import type { Match, Person, PersonImage, Profile, Template } from '../domain/person.ts';
import type { Logger } from '../platform/logger.ts';
import { withAccess } from './access.ts';
import type { Enrollment, ImageSource, NewTemplate, Replacement, Update } from './enrollment.ts';
import { createEnrollmentCheck, type EnrollmentPolicy, type EnrollmentWarning } from './enrollment-check.ts';
import type { Consent, GalleryChange, GalleryStore } from './gallery-store.ts';
import { imageName, type Random, randomUuid, timeUuid } from './ids.ts';
import { type IndexSnapshot, takeSnapshot } from './index-snapshot.ts';
import { loadIndex } from './load-index.ts';
import { createPersonQueue } from './person-queue.ts';
import { mergeProfile, replaceProfile } from './profile.ts';
import { createTemplateIndex, type IndexSize } from './template-index.ts';

/** Who is enrolled, of all customers. Changes resolve when they are durable; searches see them from then on. */
export interface Gallery {
  /**
   * Throws `invalid_request` where the person has `maxImages` already, `missing_parameter` where a consent is required and there is none,
   * `face_conflict` where that is wanted, `storage_full`.
   */
  enroll(input: Enrollment): Promise<{
    person: Person;
    image: PersonImage;
    created: boolean;
    warnings: readonly EnrollmentWarning[];
  }>;
  /** Throws `person_not_found`, and what `enroll` throws. */
  update(
    input: Update,
  ): Promise<{ person: Person; image?: PersonImage; warnings: readonly EnrollmentWarning[] }>;
  /**
   * Puts templates of the present embedder in place of others of the same images: all at once, or none. Throws `person_not_found` where the
   * person is gone, `internal` for a template that is not theirs.
   */
  replaceTemplates(person: Person, replacements: readonly Replacement[]): Promise<void>;
  find(customerId: string, customerPersonId: string): Person | undefined;
  get(personId: string): Person | undefined;
  /** Whether templates of the person are kept: false from the moment that their end was asked for. Opens no record, so it costs next to nothing. */
  isEnrolled(personId: string): boolean;
  /** Ordered by the UTF-8 bytes of `customerPersonId`; pass `next` as `after` for the following page. */
  list(customerId: string, options: { after?: string; limit: number }): { persons: Person[]; next?: string };
  /**
   * The person is out of every search before the change is written, and cannot be recovered from the disk when it resolves. Throws
   * `person_not_found`, also where the person is not the one of `personId`.
   */
  remove(
    customerId: string,
    customerPersonId: string,
    options?: { personId?: string; by?: string },
  ): Promise<Person>;
  /**
   * Exact search among the customer's persons, or with `personId` of that person alone, as they are when it resolves. Rejects with
   * `internal` for a probe of another model.
   */
  search(customerId: string, probe: Embedding, options?: { personId?: string }): Promise<Match>;
  size(): IndexSize;
  /** Persons of the customer. */
  persons(customerId: string): number;
  /** A copy of the customer's templates, or of a part where there are more than `maxTemplates`; gives way through `pause`. */
  snapshot(
    customerId: string,
    options: { maxTemplates: number; pause: () => Promise<void> },
  ): Promise<IndexSnapshot>;
  /** Whether no search can find the person: their templates are of another embedder. */
  needsEnrollment(personId: string): boolean;
  /** How many of the customer's persons that holds for. */
  needingEnrollment(customerId: string): number;
  /** What the person has agreed to. */
  consent(personId: string): Consent | undefined;
  /** Ends the thread that searches large galleries; the store stays open. */
  close(): Promise<void>;
}

/**
 * Opens the gallery over a store and loads its templates of the embedder `embedderId` into memory.
 * Throws `StartupError` where the store's persons and templates do not fit together. `now` is in milliseconds.
 */
export async function openGallery(options: {
  store: GalleryStore;
  embedderId: string;
  maxImages: number;
  policy: EnrollmentPolicy;
  /** Whether nobody is enrolled without a consent. */
  requireConsent?: boolean;
  log: Logger;
  now?: () => number;
  random?: Random;
}): Promise<Gallery> {
  const { store, embedderId, maxImages, requireConsent = false, log } = options;
  const { now = Date.now, random = randomBytes } = options;
  const index = createTemplateIndex(embedderId, { log });
  const check = createEnrollmentCheck(index, options.policy);
  const queue = createPersonQueue();
  await loadIndex(store, index);
  log.info(index.size(), 'The gallery is loaded.');
  if (index.size().otherModel > 0)
    log.warn(
      { otherModel: index.size().otherModel, embedder: embedderId },
      'Templates of another embedder are not searched; run "facegate gallery migrate".',
    );

  const apply = async (change: GalleryChange): Promise<void> => {
    // Nobody may be let in by a template whose end was asked for; nobody need be by one that is not durable yet.
    if (change.kind === 'delete_person') index.removePerson(change.personId);
    await store.apply(change);
    if (change.kind === 'put_person')
      for (const template of change.templates) index.add(change.person, template);
    if (change.kind === 'replace_templates') {
      const person = store.persons.get(change.personId);
      index.removePerson(change.personId);
      if (person) for (const template of store.templates.of(person.id)) index.add(person, template);
    }
  };

  const put = async (before: Person, profile: Profile, asked: Asked, source?: Source) => {
    const { access, consent, by, refuseDuplicates = false } = asked;
    if (requireConsent && source && !consent && !store.visits.consent(before.id)) throw withoutConsent();
    const at = now();
    const added = source && addImage(before, source, at);
    const images = added ? [...before.images, added.image] : before.images;
    const person = withAccess({ ...before, profile, images, updatedAt: at }, access);
    const templates = added ? [added.template] : [];
    const bytes = source?.image.bytes;
    const kept = added && bytes && { keptImages: [{ templateId: added.template.id, bytes }] };
    const change = {
      kind: 'put_person',
      opId: timeUuid(at, random),
      at,
      person,
      templates,
      ...kept,
      ...(consent && { consent }),
      ...(by !== undefined && { by }),
    } as const;
    const write = () => apply(change);
    if (!added) {
      await write();
      return { person, warnings: [] };
    }
    const { embedding } = added.template;
    const warnings = await check.writing({ person, embedding, refuseDuplicates }, write);
    return { person, image: added.image, warnings };
  };

  const addImage = (person: Person, source: Source, at: number) => {
    index.check(source.template.embedding);
    if (person.images.length >= maxImages)
      throw new FacegateError(
        'invalid_request',
        `This person has ${person.images.length} images and ${maxImages} are allowed; delete the person and enroll the best images.`,
      );
    const last = person.images.at(-1)?.createdAtMicros ?? 0;
    const image: PersonImage = {
      templateId: timeUuid(at, random),
      name: imageName(source.image, random),
      createdAtMicros: Math.max(Math.floor(at * 1000), last + 1),
    };
    const { id: personId, customerId } = person;
    const template: Template = { id: image.templateId, personId, customerId, ...source.template };
    return { image, template };
  };

  const newPerson = (customerId: string, customerPersonId: string): Person => {
    const at = now();
    const id = randomUuid(random);
    return { id, customerId, customerPersonId, profile: {}, images: [], createdAt: at, updatedAt: at };
  };

  const enrolled = (customerId: string, customerPersonId: string): Person => {
    const person = store.persons.find(customerId, customerPersonId);
    if (person) return person;
    throw notEnrolled();
  };

  return {
    enroll: ({ customerId, customerPersonId, profile: sent, image, template, ...asked }) =>
      queue.run(customerId, customerPersonId, async () => {
        const existing = store.persons.find(customerId, customerPersonId);
        const before = existing ?? newPerson(customerId, customerPersonId);
        const profile = mergeProfile(before.profile, sent);
        const result = await put(before, profile, asked, { image, template });
        return { ...result, image: result.image!, created: existing === undefined };
      }),

    update: ({ customerId, customerPersonId, profile: sent, mode, image, template, ...asked }) =>
      queue.run(customerId, customerPersonId, async () => {
        const before = enrolled(customerId, customerPersonId);
        const profile = mode === 'replace' ? replaceProfile(sent) : mergeProfile(before.profile, sent);
        return put(before, profile, asked, image && template && { image, template });
      }),

    remove: (customerId, customerPersonId, { personId, by = 'system:gallery' } = {}) =>
      queue.run(customerId, customerPersonId, async () => {
        const person = enrolled(customerId, customerPersonId);
        if (personId !== undefined && person.id !== personId) throw notEnrolled();
        const at = now();
        await apply({ kind: 'delete_person', opId: timeUuid(at, random), at, by, personId: person.id });
        return person;
      }),

    replaceTemplates: ({ id: personId, customerId, customerPersonId }, replacements) =>
      queue.run(customerId, customerPersonId, async () => {
        const at = now();
        for (const { template } of replacements) index.check(template.embedding);
        const made = replacements.map(({ oldId, template }) => ({
          oldId,
          template: { id: timeUuid(at, random), personId, customerId, ...template },
        }));
        const opId = timeUuid(at, random);
        const by = 'system:migration';
        await apply({ kind: 'replace_templates', opId, at, by, personId, replacements: made });
      }),

    find: (customerId, customerPersonId) => store.persons.find(customerId, customerPersonId),
    get: personId => store.persons.get(personId),
    isEnrolled: index.has,
    list: (customerId, page) => store.persons.list(customerId, page),
    search: (customerId, probe, { personId } = {}) => index.search(customerId, probe, personId),
    size: () => index.size(),
    persons: customerId => index.persons(customerId),
    snapshot: (customerId, options) => takeSnapshot(index, customerId, options),
    needsEnrollment: personId => index.searchable(personId) === 0,
    needingEnrollment: customerId => index.unsearchable(customerId),
    consent: personId => store.visits.consent(personId),
    close: () => index.close(),
  };
}

type Asked = Pick<Enrollment, 'access' | 'refuseDuplicates' | 'consent' | 'by'>;

function notEnrolled(): FacegateError {
  return new FacegateError('person_not_found', 'No person is enrolled with this customer_person_id.');
}

function withoutConsent(): FacegateError {
  return new FacegateError(
    'missing_parameter',
    'Nobody is enrolled here without a consent: send consent_id, your reference of what the person has signed.',
  );
}

interface Source {
  readonly image: ImageSource;
  readonly template: NewTemplate;
}
