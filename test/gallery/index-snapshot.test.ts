import { describe, expect, it } from 'vitest';
import { type SnapshotSource, takeSnapshot } from '../../src/gallery/index-snapshot.ts';
import { createTemplateIndex } from '../../src/gallery/template-index.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { MODEL, newPersonChange } from '../support/people.ts';

const ada = newPersonChange('ada', [1, 2], 'c');
const bob = newPersonChange('bob', [3], 'c');
const eve = newPersonChange('eve', [4, 5, 6], 'c');

function indexOf(...changes: readonly (typeof ada)[]) {
  const index = createTemplateIndex(MODEL, { log: silentLogger });
  for (const { person, templates } of changes) for (const each of templates) index.add(person, each);
  return index;
}

const take = (index: SnapshotSource, maxTemplates: number, pause = async () => {}) =>
  takeSnapshot(index, 'c', { maxTemplates, pause });

describe('a snapshot of the index', () => {
  it('holds every template of the customer with its vector, also after a removal has moved rows', async () => {
    const index = indexOf(newPersonChange('x', [9], 'other'), bob, ada, eve);
    index.removePerson(bob.person.id);
    const { persons, vectors, dimension, total } = await take(index, 100);
    expect(total).toEqual({ persons: 2, templates: 5, otherModel: 0 });
    expect(persons.map(({ customerPersonId }) => customerPersonId)).toEqual(['ada', 'eve']);
    const expected = [...ada.templates, ...eve.templates];
    expect(persons.flatMap(({ templates }) => templates)).toEqual(
      expected.map(({ id: templateId, norm }) => ({ templateId, norm })),
    );
    for (const [at, { embedding }] of expected.entries())
      expect(vectors.subarray(at * dimension, (at + 1) * dimension)).toEqual(embedding.vector);
  });

  it('is a copy: what is removed afterwards stays in it', async () => {
    const index = indexOf(ada);
    const before = await take(index, 100);
    index.removePerson(ada.person.id);
    expect(before.vectors.subarray(0, 512)).toEqual(ada.templates[0].embedding.vector);
    expect(await take(index, 100)).toMatchObject({ persons: [], total: { persons: 0, templates: 0 } });
  });

  it('never holds more templates than asked for, and whole persons only', async () => {
    const index = indexOf(ada, bob, eve);
    for (let most = 0; most < 6; most++) {
      const { persons, vectors, dimension } = await take(index, most);
      const listed = persons.flatMap(({ templates }) => templates).length;
      expect(listed).toBeLessThanOrEqual(most);
      expect(vectors.length).toBe(listed * dimension);
      for (const { customerPersonId, templates } of persons)
        expect(templates).toHaveLength({ ada: 2, bob: 1, eve: 3 }[customerPersonId]!);
    }
  });

  it('leaves out who is deleted while it is taken', async () => {
    const many = Array.from({ length: 600 }, (_, at) => newPersonChange(`p${at}`, [at], 'c'));
    const index = indexOf(...many);
    const { persons, vectors } = await take(index, 1000, async () => {
      index.removePerson(many[0].person.id);
      index.removePerson(many[599].person.id);
    });
    // The first was copied before the pause, the last would have come after it.
    expect(persons).toHaveLength(599);
    expect(persons.at(-1)?.customerPersonId).toBe('p598');
    expect(vectors.subarray(-512)).toEqual(many[598].templates[0].embedding.vector);
  });
});
