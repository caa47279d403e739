import { beforeEach, describe, expect, it } from 'vitest';
import { FacegateError } from '../../src/domain/errors.ts';
import type { Embedding } from '../../src/domain/face.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { createGalleryMigration, type GalleryMigration } from '../../src/gallery/migration.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from '../support/people.ts';

const NEXT = 'next-embedder@1';
/** What the next embedder makes of the image that shows person `seed`; of another dimension, as it is free to be. */
const next = (seed: number): Embedding => embeddingOf(seed + 100, 128, NEXT);
const imageOf = (seed: number) => Uint8Array.of(seed);

describe('the migration of a gallery to another embedder', () => {
  let store: Store;
  let gallery: Gallery;
  let migration: GalleryMigration;
  const open = (embedderId: string, over: Store = store) =>
    openGallery({
      store: over,
      embedderId,
      maxImages: 5,
      policy: enrollmentPolicy(),
      log: silentLogger,
    });
  const enroll = (customerPersonId: string, seed: number, { kept = true, customerId = 'c' } = {}) =>
    gallery.enroll({
      customerId,
      customerPersonId,
      profile: {},
      image: { name: 'a.jpg', extension: 'jpg', ...(kept && { bytes: imageOf(seed) }) },
      template: { embedding: embeddingOf(seed), norm: 3 },
    });
  /** The daemon's next start, with the new embedder. */
  const upgrade = async (describe = async ([seed]: Uint8Array) => ({ embedding: next(seed), norm: 2 })) => {
    gallery = await open(NEXT);
    migration = createGalleryMigration({
      store,
      gallery,
      embedderId: NEXT,
      describe,
      log: silentLogger,
      retryMs: 1,
    });
  };
  const finish = async (customerId = 'c') => {
    const started = migration.start(customerId);
    expect(started.state).toBe('running');
    await expect.poll(() => migration.status(customerId).state).not.toBe('running');
    return migration.status(customerId);
  };

  beforeEach(async () => {
    store = createMemoryStore();
    gallery = await open(MODEL);
  });

  it('makes templates anew from kept images; persons and images keep their names and order', async () => {
    await enroll('ada', 1);
    const before = (await enroll('ada', 2)).person;
    await enroll('bob', 3);
    await upgrade();
    expect((await gallery.search('c', next(1))).best).toBeUndefined();
    expect(migration.status('c')).toMatchObject({ state: 'idle', needsEnrollment: 2 });
    expect(await finish()).toEqual({
      state: 'done',
      persons: { done: 2, total: 2 },
      templates: { migrated: 3, notKept: 0, unreadable: 0, refused: 0 },
      needsEnrollment: 0,
    });
    for (const seed of [1, 2]) {
      const { best } = await gallery.search('c', next(seed));
      expect(best).toMatchObject({ personId: before.id, similarity: expect.closeTo(1, 5) });
    }
    const after = gallery.find('c', 'ada')!;
    expect(after.images.map(({ name }) => name)).toEqual(before.images.map(({ name }) => name));
    expect(gallery.size()).toMatchObject({ persons: 2, templates: 3, otherModel: 0 });
    expect((await open(NEXT)).size()).toEqual(gallery.size());
  });

  it('leaves those without a kept image to be enrolled again, and compares nothing of theirs', async () => {
    await enroll('ada', 1, { kept: false });
    await enroll('bob', 2);
    await upgrade();
    expect(await finish()).toMatchObject({
      state: 'done',
      templates: { migrated: 1, notKept: 1 },
      needsEnrollment: 1,
    });
    const ada = gallery.find('c', 'ada')!;
    expect(gallery.needsEnrollment(ada.id)).toBe(true);
    expect(gallery.needsEnrollment(gallery.find('c', 'bob')!.id)).toBe(false);
    expect((await gallery.search('c', next(1), { personId: ada.id })).best).toBeUndefined();
    await expect(gallery.search('c', embeddingOf(1))).rejects.toThrow(/of model test-embedder/);
    expect(store.templates.of(ada.id).map(({ embedding }) => embedding.modelId)).toEqual([MODEL]);
  });

  it('counts images that show no face any more, and goes on', async () => {
    await enroll('ada', 1);
    await enroll('bob', 2);
    await enroll('eve', 3);
    await upgrade(async ([seed]) => {
      if (seed === 1) throw new FacegateError('no_face', 'No face.');
      if (seed === 2) throw new FacegateError('internal', 'The models failed.');
      return { embedding: next(seed), norm: 2 };
    });
    expect(await finish()).toMatchObject({
      templates: { migrated: 1, refused: 1, unreadable: 1 },
      needsEnrollment: 2,
    });
  });

  it('waits while the engine is busy', async () => {
    await enroll('ada', 1);
    let busy = 3;
    await upgrade(async ([seed]) => {
      if (busy-- > 0) throw new FacegateError('overloaded', 'Later.');
      return { embedding: next(seed), norm: 2 };
    });
    expect(await finish()).toMatchObject({ state: 'done', templates: { migrated: 1 } });
  });

  it('takes a template away only with what replaces it, and goes on where it stopped', async () => {
    for (const seed of [1, 2]) await enroll('ada', seed);
    for (const seed of [3, 4]) await enroll('bob', seed);
    let calls = 0;
    await upgrade(async ([seed]) => {
      calls++;
      if (seed === 4) throw new Error('the power is gone');
      return { embedding: next(seed), norm: 2 };
    });
    expect(await finish()).toMatchObject({ state: 'failed', persons: { done: 1, total: 2 } });
    const modelsOf = (id: string) =>
      store.templates.of(gallery.find('c', id)!.id).map(({ embedding }) => embedding.modelId);
    expect(modelsOf('ada')).toEqual([NEXT, NEXT]);
    expect(modelsOf('bob')).toEqual([MODEL, MODEL]);
    expect(calls).toBe(4);
    await upgrade();
    expect(await finish()).toMatchObject({ state: 'done', templates: { migrated: 2 }, needsEnrollment: 0 });
  });

  it('ends in good order with the daemon', async () => {
    await enroll('ada', 1);
    await upgrade(async () => {
      throw new FacegateError('not_ready', 'Starting.');
    });
    migration.start('c');
    await migration.close();
    expect(migration.status('c')).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/daemon stopped/),
    });
    expect(migration.start('c').state).toBe('failed');
  });

  it('passes over a person who is deleted meanwhile, and touches no other customer', async () => {
    await enroll('ada', 1);
    await enroll('bob', 2);
    await enroll('ada', 3, { customerId: 'other' });
    await upgrade(async ([seed]) => {
      if (seed === 1) await gallery.remove('c', 'ada');
      return { embedding: next(seed), norm: 2 };
    });
    expect(await finish()).toMatchObject({ state: 'done', templates: { migrated: 1 }, needsEnrollment: 0 });
    expect(gallery.find('c', 'ada')).toBeUndefined();
    expect(migration.status('other')).toMatchObject({ state: 'idle', needsEnrollment: 1 });
    expect(store.images.count()).toBe(2);
  });
});
