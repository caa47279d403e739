import { beforeEach, describe, expect, it } from 'vitest';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { embeddingAt, enrollmentPolicy, MODEL } from '../support/people.ts';

const image = { name: 'me.jpg', extension: 'jpg' };
/** cos(59 degrees) = .515, cos(61 degrees) = .485: one reaches .5, the other does not. */
const ALIKE = 59;
const UNLIKE = 61;

describe('the check of a new image', () => {
  let store: Store;
  let gallery: Gallery;
  const open = (duplicates: 'warn' | 'refuse' = 'warn') =>
    openGallery({
      store,
      embedderId: MODEL,
      maxImages: 9,
      policy: enrollmentPolicy(0.5, duplicates),
      log: silentLogger,
    });
  beforeEach(async () => {
    store = createMemoryStore();
    gallery = await open();
  });

  const enroll = (customerPersonId: string, degrees: number, refuseDuplicates = false, customerId = 'c') =>
    gallery.enroll({
      customerId,
      customerPersonId,
      profile: {},
      image,
      template: { embedding: embeddingAt(degrees), norm: 3 },
      refuseDuplicates,
    });
  const conflictWith = (customerPersonId: string, similarity: number) => ({
    code: 'face_conflict',
    customerPersonId,
    similarity: expect.closeTo(similarity, 5),
  });

  it('has nothing to say of new faces and of images that fit to the person', async () => {
    expect((await enroll('ada', 0)).warnings).toEqual([]);
    expect((await enroll('ada', 10)).warnings).toEqual([]);
    expect((await enroll('bob', 10 + UNLIKE)).warnings).toEqual([]);
  });

  it('warns of the other person whose face it is, and enrolls all the same', async () => {
    await enroll('ada', 0);
    const { warnings } = await enroll('bob', ALIKE);
    expect(warnings).toEqual([conflictWith('ada', Math.cos((ALIKE * Math.PI) / 180))]);
    expect(gallery.find('c', 'bob')?.images).toHaveLength(1);
  });

  it('names the most similar of several others, and never the person themselves', async () => {
    await enroll('ada', 0);
    await enroll('eve', 70);
    await enroll('bob', 130);
    expect((await enroll('bob', 45)).warnings).toContainEqual(
      conflictWith('eve', Math.cos((25 * Math.PI) / 180)),
    );
  });

  it('refuses the duplicate where the sender asks for it, and writes nothing', async () => {
    await enroll('ada', 0);
    await expect(enroll('bob', 5, true)).rejects.toMatchObject({
      code: 'face_conflict',
      details: { customerPersonId: 'ada', similarity: expect.closeTo(Math.cos((5 * Math.PI) / 180), 5) },
      message: expect.stringContaining('"ada"'),
    });
    expect(gallery.find('c', 'bob')).toBeUndefined();
    expect(gallery.size().templates).toBe(1);
    expect((await enroll('bob', UNLIKE, true)).created).toBe(true);
  });

  it('refuses every duplicate where the policy says so', async () => {
    gallery = await open('refuse');
    await enroll('ada', 0);
    await expect(enroll('bob', 5)).rejects.toMatchObject({ code: 'face_conflict' });
    expect((await enroll('ada', 5)).created).toBe(false);
  });

  it('checks the image of an update too, and an update without one not at all', async () => {
    await enroll('ada', 0);
    await enroll('bob', 90);
    const bob = { customerId: 'c', customerPersonId: 'bob', mode: 'merge', profile: { phone: '1' } } as const;
    const template = { embedding: embeddingAt(5), norm: 3 };
    await expect(gallery.update({ ...bob, image, template, refuseDuplicates: true })).rejects.toMatchObject({
      code: 'face_conflict',
    });
    expect(gallery.find('c', 'bob')).toMatchObject({ profile: {}, images: { length: 1 } });
    expect((await gallery.update({ ...bob, refuseDuplicates: true })).warnings).toEqual([]);
    const { warnings } = await gallery.update({ ...bob, image, template });
    expect(warnings.map(({ code }) => code)).toEqual(['face_conflict', 'unlike_own_images']);
  });

  it('minds neither other customers nor persons who were deleted', async () => {
    await enroll('ada', 0, false, 'other');
    await enroll('eve', 0);
    await gallery.remove('c', 'eve');
    expect((await enroll('bob', 0)).warnings).toEqual([]);
  });

  it('warns of an image that is unlike all of the person’s others', async () => {
    await enroll('ada', 0);
    await enroll('ada', 40);
    const { warnings } = await enroll('ada', 40 + UNLIKE);
    expect(warnings).toEqual([
      { code: 'unlike_own_images', similarity: expect.closeTo(Math.cos((UNLIKE * Math.PI) / 180), 5) },
    ]);
    expect((await enroll('ada', 40 + ALIKE)).warnings).toEqual([]);
  });

  it('lets enrollments of one face at the same time see each other: one is told, or refused', async () => {
    const both = await Promise.all([enroll('ada', 0), enroll('bob', 1)]);
    expect(both.flatMap(({ warnings }) => warnings)).toEqual([conflictWith('ada', Math.cos(Math.PI / 180))]);
    const race = await Promise.allSettled([enroll('eve', 90, true), enroll('kim', 91, true)]);
    expect(race.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(gallery.find('c', 'kim')).toBeUndefined();
  });

  it('forgets an enrollment that could not be written', async () => {
    const failing = await openGallery({
      store: { ...store, apply: async () => Promise.reject(new Error('disk full')) },
      embedderId: MODEL,
      maxImages: 9,
      policy: enrollmentPolicy(),
      log: silentLogger,
    });
    gallery = failing;
    for (const id of ['ada', 'bob']) await expect(enroll(id, 0, true)).rejects.toThrow('disk full');
  });
});
