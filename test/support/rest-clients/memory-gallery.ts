import { randomUUID } from 'node:crypto';
import type { ApiGallery, NewTemplate } from '../../../src/api/dependencies.ts';
import { FacegateError } from '../../../src/domain/errors.ts';
import { similarity } from '../../../src/domain/face.ts';
import type { Candidate, Person, Profile, Template } from '../../../src/domain/person.ts';

/** A gallery in memory, as simple as its contract allows. */
export function createMemoryGallery(): ApiGallery {
  const persons = new Map<string, Person>();
  const templates: Template[] = [];
  let micros = 1_554_572_945_550_801;
  const keyOf = (customerId: string, customerPersonId: string) =>
    JSON.stringify([customerId, customerPersonId]);

  const withImage = (
    person: Person,
    image: { name: string; extension: string },
    { embedding, norm }: NewTemplate,
  ) => {
    const id = randomUUID();
    templates.push({ id, personId: person.id, customerId: person.customerId, embedding, norm });
    const base = image.name.replace(/\.\w+$/, '') || 'image';
    const added = {
      templateId: id,
      name: `enroll/${base}_abc1234.${image.extension}`,
      createdAtMicros: micros++,
    };
    return { person: { ...person, images: [...person.images, added] }, image: added };
  };

  return {
    async enroll({ customerId, customerPersonId, profile, image, template }) {
      const key = keyOf(customerId, customerPersonId);
      const old = persons.get(key);
      const person: Person = old ?? {
        id: randomUUID(),
        customerId,
        customerPersonId,
        profile: {},
        images: [],
        createdAt: 0,
        updatedAt: 0,
      };
      const result = withImage({ ...person, profile: merged(person.profile, profile) }, image, template);
      persons.set(key, result.person);
      return { ...result, created: old === undefined };
    },
    async update({ customerId, customerPersonId, profile, mode, image, template }) {
      const key = keyOf(customerId, customerPersonId);
      const old = persons.get(key);
      if (old === undefined) throw new FacegateError('person_not_found', 'No such person is enrolled.');
      const person = { ...old, profile: merged(mode === 'replace' ? {} : old.profile, profile) };
      const result = image && template ? withImage(person, image, template) : { person };
      persons.set(key, result.person);
      return result;
    },
    find: (customerId, customerPersonId) => persons.get(keyOf(customerId, customerPersonId)),
    list(customerId, { after, limit }) {
      const rest = [...persons.values()]
        .filter(person => person.customerId === customerId)
        .sort((a, b) => (a.customerPersonId < b.customerPersonId ? -1 : 1))
        .filter(person => after === undefined || person.customerPersonId > after);
      const page = rest.slice(0, limit);
      return { persons: page, ...(rest.length > limit && { next: page.at(-1)!.customerPersonId }) };
    },
    async remove(customerId, customerPersonId) {
      const person = persons.get(keyOf(customerId, customerPersonId));
      if (person === undefined) throw new FacegateError('person_not_found', 'No such person is enrolled.');
      persons.delete(keyOf(customerId, customerPersonId));
      return person;
    },
    search(customerId, embedding, { personId }) {
      const candidates: Candidate[] = [...persons.values()]
        .filter(person => person.customerId === customerId)
        .filter(person => personId === undefined || person.id === personId)
        .map(person => {
          const [best] = templates
            .filter(template => template.personId === person.id)
            .map(({ id, embedding: { vector } }) => ({ id, score: similarity(vector, embedding.vector) }))
            .sort((a, b) => b.score - a.score);
          return {
            personId: person.id,
            customerPersonId: person.customerPersonId,
            templateId: best!.id,
            similarity: best!.score,
          };
        })
        .sort((a, b) => b.similarity - a.similarity);
      const [best, runnerUp] = candidates;
      return {
        ...(best && { best }),
        ...(runnerUp && { runnerUp }),
        margin: best === undefined ? 0 : best.similarity - (runnerUp?.similarity ?? -1),
      };
    },
  };
}

function merged(old: Profile, sent: Profile): Profile {
  return Object.fromEntries(Object.entries({ ...old, ...sent }).filter(([, value]) => value !== ''));
}
