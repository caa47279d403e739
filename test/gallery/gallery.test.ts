import { beforeEach, describe, expect, it } from 'vitest';
import { FacegateError } from '../../src/domain/errors.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { embeddingOf, enrollmentPolicy, MODEL, newPersonChange } from '../support/people.ts';

const image = { name: 'me.jpg', extension: 'jpg' };
const policy = enrollmentPolicy();
const templateOf = (seed: number) => ({ embedding: embeddingOf(seed), norm: 3 });

describe('the gallery', () => {
  let store: Store;
  let gallery: Gallery;
  let clock: number;
  const reopen = (embedderId = MODEL) =>
    openGallery({ store, embedderId, maxImages: 3, policy, log: silentLogger, now: () => clock });
  beforeEach(async () => {
    clock = 1_700_000_000_000;
    store = createMemoryStore();
    gallery = await reopen();
  });

  const enroll = (customerPersonId: string, seed: number, profile = {}, customerId = 'c') =>
    gallery.enroll({ customerId, customerPersonId, profile, image, template: templateOf(seed) });

  /** Changes resolve only when the returned function is called. */
  const openOverSlowStore = async (): Promise<() => void> => {
    let finish = () => {};
    const written = new Promise<void>(resolve => {
      finish = resolve;
    });
    const slow = { ...store, apply: () => written.then(() => ({ seq: 9 })) };
    gallery = await openGallery({ store: slow, embedderId: MODEL, maxImages: 3, policy, log: silentLogger });
    return finish;
  };

  it('finds a person as soon as their enrollment has resolved', async () => {
    const { person, created } = await enroll('ada', 1, { firstName: 'Ada' });
    expect(created).toBe(true);
    expect((await gallery.search('c', embeddingOf(1))).best?.personId).toBe(person.id);
    expect((await gallery.search('other', embeddingOf(1))).best).toBeUndefined();
    expect(gallery.get(person.id)).toEqual(person);
    expect(gallery.isEnrolled(person.id)).toBe(true);
    expect(gallery.find('c', 'ada')).toEqual(person);
  });

  it('adds an image when a person is enrolled again, and keeps the id and what was not sent', async () => {
    const first = await enroll('ada', 1, { firstName: 'Ada', phone: '1' });
    const second = await enroll('ada', 2, { firstName: 'Eve', email: 'e@x', phone: '' });
    expect(second.created).toBe(false);
    expect(second.person).toMatchObject({
      id: first.person.id,
      profile: { firstName: 'Eve', email: 'e@x' },
      images: [first.image, second.image],
    });
    expect(second.person.profile).not.toHaveProperty('phone');
    expect(second.image.createdAtMicros).toBe(first.image.createdAtMicros + 1);
    for (const seed of [1, 2])
      expect((await gallery.search('c', embeddingOf(seed))).best?.similarity).toBeCloseTo(1, 5);
  });

  it('keeps the images in order where the clock goes back', async () => {
    await enroll('ada', 1);
    clock -= 3_600_000;
    const { person } = await enroll('ada', 2);
    expect(person.images[1]!.createdAtMicros).toBe(person.images[0]!.createdAtMicros + 1);
  });

  it('makes one person of enrollments that arrive at the same time', async () => {
    const results = await Promise.all([1, 2, 3].map(seed => enroll('ada', seed)));
    expect(new Set(results.map(({ person }) => person.id)).size).toBe(1);
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(gallery.find('c', 'ada')?.images).toHaveLength(3);
    expect(gallery.size()).toEqual({ persons: 1, templates: 3, otherModel: 0 });
  });

  it('replaces or merges a profile and never takes an image away', async () => {
    await enroll('ada', 1, { firstName: 'Ada', lastName: 'L', phone: '1' });
    const id = { customerId: 'c', customerPersonId: 'ada' };
    const merged = await gallery.update({ ...id, mode: 'merge', profile: { phone: '2', lastName: '' } });
    expect(merged.person.profile).toEqual({ firstName: 'Ada', phone: '2' });
    expect(merged).not.toHaveProperty('image');
    const replaced = await gallery.update({ ...id, mode: 'replace', profile: { email: 'a@x', phone: '' } });
    expect(replaced.person.profile).toEqual({ email: 'a@x' });
    expect(replaced.person.images).toHaveLength(1);
    const added = await gallery.update({ ...id, mode: 'merge', profile: {}, image, template: templateOf(2) });
    expect(added.person.images.at(-1)).toEqual(added.image);
    expect((await gallery.search('c', embeddingOf(2))).best?.templateId).toBe(added.image?.templateId);
  });

  it('updates and removes nobody who is not enrolled', async () => {
    const nobody = { customerId: 'c', customerPersonId: 'nobody' };
    const missing = { code: 'person_not_found' };
    await expect(gallery.update({ ...nobody, mode: 'merge', profile: {} })).rejects.toMatchObject(missing);
    await expect(gallery.remove('c', 'nobody')).rejects.toMatchObject(missing);
    await enroll('ada', 1);
    await expect(gallery.remove('other', 'ada')).rejects.toMatchObject(missing);
  });

  it('finds a person no more while their removal is still being written', async () => {
    const { person } = await enroll('ada', 1);
    const finishWriting = await openOverSlowStore();
    const removal = gallery.remove('c', 'ada');
    await new Promise(resolve => setImmediate(resolve));
    expect((await gallery.search('c', embeddingOf(1))).best).toBeUndefined();
    expect(gallery.isEnrolled(person.id)).toBe(false);
    finishWriting();
    expect(await removal).toEqual(person);
  });

  it('finds nobody before their enrollment is durable', async () => {
    const finishWriting = await openOverSlowStore();
    const enrollment = enroll('ada', 1);
    await new Promise(resolve => setImmediate(resolve));
    expect((await gallery.search('c', embeddingOf(1))).best).toBeUndefined();
    finishWriting();
    await enrollment;
    expect((await gallery.search('c', embeddingOf(1))).best).toBeDefined();
  });

  it('gives a person who is enrolled again after removal a new id', async () => {
    const first = await enroll('ada', 1);
    const [, again] = await Promise.all([gallery.remove('c', 'ada'), enroll('ada', 2)]);
    expect(again.created).toBe(true);
    expect(again.person.id).not.toBe(first.person.id);
    expect(gallery.size().templates).toBe(1);
    expect((await gallery.search('c', embeddingOf(1), { personId: first.person.id })).best).toBeUndefined();
  });

  it('refuses more images than are allowed, and stays as it was', async () => {
    for (const seed of [1, 2, 3]) await enroll('ada', seed);
    await expect(enroll('ada', 4, { firstName: 'Eve' })).rejects.toMatchObject({ code: 'invalid_request' });
    expect(gallery.find('c', 'ada')).toMatchObject({ profile: {}, images: { length: 3 } });
    await gallery.update({
      customerId: 'c',
      customerPersonId: 'ada',
      mode: 'merge',
      profile: { phone: '1' },
    });
  });

  it('refuses an embedding that could not be compared before anything is written', async () => {
    await enroll('ada', 1);
    const broken = [
      embeddingOf(2, 512, 'another-model'),
      embeddingOf(2, 128),
      { modelId: MODEL, vector: new Float32Array(512) },
      { modelId: MODEL, vector: new Float32Array(512).fill(Number.NaN) },
    ];
    for (const embedding of broken)
      await expect(
        gallery.enroll({
          customerId: 'c',
          customerPersonId: 'bob',
          profile: {},
          image,
          template: { embedding, norm: 3 },
        }),
      ).rejects.toMatchObject({ code: 'internal' });
    expect(gallery.find('c', 'bob')).toBeUndefined();
    expect(gallery.size()).toEqual({ persons: 1, templates: 1, otherModel: 0 });
  });

  it('searches only what the present embedder has made', async () => {
    await enroll('ada', 1);
    gallery = await reopen('next-embedder');
    expect(gallery.size()).toEqual({ persons: 1, templates: 0, otherModel: 1 });
    expect((await gallery.search('c', embeddingOf(1, 512, 'next-embedder'))).best).toBeUndefined();
    await gallery.enroll({
      customerId: 'c',
      customerPersonId: 'ada',
      profile: {},
      image,
      template: { embedding: embeddingOf(5, 512, 'next-embedder'), norm: 3 },
    });
    expect(gallery.size()).toEqual({ persons: 1, templates: 1, otherModel: 1 });
    await gallery.remove('c', 'ada');
    expect(gallery.size()).toEqual({ persons: 0, templates: 0, otherModel: 0 });
  });

  it('does not open over a store where not all can be read', async () => {
    const change = newPersonChange('ada', [1, 2], 'c');
    await store.apply(change);
    const damage = new FacegateError('internal', '1 of 2 records of templates cannot be read');
    const damaged: Store = {
      ...store,
      everyone: async visit => {
        await store.everyone(visit);
        throw damage;
      },
    };
    await expect(
      openGallery({ store: damaged, embedderId: MODEL, maxImages: 3, policy, log: silentLogger }),
    ).rejects.toMatchObject({
      name: 'StartupError',
      cause: damage,
      message: expect.stringMatching(/damaged \(1 of 2 .*restore a backup/),
    });
  });
});
