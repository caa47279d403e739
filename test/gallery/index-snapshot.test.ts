import { describe, expect, it } from 'vitest';
import { createTemplateIndex } from '../../src/gallery/template-index.ts';
import { MODEL, newPersonChange } from '../support/people.ts';

const ada = newPersonChange('ada', [1, 2], 'c');
const bob = newPersonChange('bob', [3], 'c');
const eve = newPersonChange('eve', [4, 5, 6], 'c');

function indexOf(...changes: readonly (typeof ada)[]) {
  const index = createTemplateIndex(MODEL);
  for (const { person, templates } of changes) for (const each of templates) index.add(person, each);
  return index;
}

describe('a snapshot of the index', () => {
  it('holds every template of the customer with its vector, also after a removal has moved rows', () => {
    const index = indexOf(newPersonChange('x', [9], 'other'), bob, ada, eve);
    index.removePerson(bob.person.id);
    const { persons, vectors, dimension, total } = index.snapshot('c', 100);
    expect(total).toEqual({ persons: 2, templates: 5, otherModel: 0 });
    expect(persons.map(({ customerPersonId }) => customerPersonId)).toEqual(['ada', 'eve']);
    const expected = [...ada.templates, ...eve.templates];
    expect(persons.flatMap(({ templates }) => templates)).toEqual(
      expected.map(({ id: templateId, norm }) => ({ templateId, norm })),
    );
    for (const [at, { embedding }] of expected.entries())
      expect(vectors.subarray(at * dimension, (at + 1) * dimension)).toEqual(embedding.vector);
  });

  it('is a copy: what is removed afterwards stays in it', () => {
    const index = indexOf(ada);
    const before = index.snapshot('c', 100);
    index.removePerson(ada.person.id);
    expect(before.vectors.subarray(0, 512)).toEqual(ada.templates[0].embedding.vector);
    expect(index.snapshot('c', 100)).toMatchObject({ persons: [], total: { persons: 0, templates: 0 } });
  });

  it('never holds more templates than asked for, and whole persons only', () => {
    const index = indexOf(ada, bob, eve);
    for (let most = 0; most < 6; most++) {
      const { persons, vectors, dimension } = index.snapshot('c', most);
      const listed = persons.flatMap(({ templates }) => templates).length;
      expect(listed).toBeLessThanOrEqual(most);
      expect(vectors.length).toBe(listed * dimension);
      for (const { customerPersonId, templates } of persons)
        expect(templates).toHaveLength({ ada: 2, bob: 1, eve: 3 }[customerPersonId]!);
    }
  });
});
