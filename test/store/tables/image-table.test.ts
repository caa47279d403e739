import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { deleteChange, embeddingOf, newPersonChange } from '../../support/people.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

describe('kept images', () => {
  let dir: string;
  let store: Store;
  const pixels = Buffer.concat([Buffer.from('JPEG of a face '), randomBytes(20_000)]);
  const enroll = async (seeds: readonly number[] = [1]) => {
    const change = newPersonChange('ada', seeds);
    const keptImages = change.templates.map(({ id }) => ({ templateId: id, bytes: pixels }));
    await store.apply({ ...change, keptImages });
    return change;
  };

  beforeEach(async () => {
    dir = temporaryFolder();
    store = await openStoreIn(dir);
  });
  afterEach(async () => {
    await store.close();
    removeFolder(dir);
  });

  it('come back byte for byte after a restart, by their person and template only', async () => {
    const { person, templates } = await enroll();
    await store.close();
    store = await openStoreIn(dir);
    expect(Buffer.from(store.images.get(person.id, templates[0].id)!).equals(pixels)).toBe(true);
    expect(store.images.get(person.id, randomUUID())).toBeUndefined();
    expect(store.images.get(randomUUID(), templates[0].id)).toBeUndefined();
  });

  it('are gone with their person, in the same change', async () => {
    const { person, templates } = await enroll([1, 2]);
    expect(store.images.count()).toBe(2);
    await store.apply(deleteChange(person.id));
    expect(store.images.count()).toBe(0);
    expect(store.images.get(person.id, templates[0].id)).toBeUndefined();
  });

  it('go along when another embedder makes the template anew, all in one change', async () => {
    const { person, templates } = await enroll([1, 2]);
    const template = { ...templates[0], id: randomUUID(), embedding: embeddingOf(7, 128, 'next') };
    const replace = { kind: 'replace_templates', at: 3, personId: person.id } as const;
    const replacements = [{ oldId: templates[0].id, template }];
    await store.apply({ ...replace, opId: randomUUID(), replacements });
    expect(store.templates.of(person.id).map(({ id }) => id)).toEqual(
      expect.arrayContaining([template.id, templates[1].id]),
    );
    expect(store.templates.of(person.id)).toHaveLength(2);
    expect(store.persons.get(person.id)!.images.map(({ templateId }) => templateId)).toEqual([
      template.id,
      templates[1].id,
    ]);
    expect(store.images.get(person.id, templates[0].id)).toBeUndefined();
    expect(Buffer.from(store.images.get(person.id, template.id)!).equals(pixels)).toBe(true);
    await expect(store.apply({ ...replace, opId: randomUUID(), replacements })).rejects.toThrow(
      /not those of the person/,
    );
    await store.apply(deleteChange(person.id));
    await expect(store.apply({ ...replace, opId: randomUUID(), replacements })).rejects.toMatchObject({
      code: 'person_not_found',
    });
    expect([...store.templates.all()]).toEqual([]);
  });
});
