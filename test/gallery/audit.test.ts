import { beforeEach, describe, expect, it } from 'vitest';
import { createGalleryAuditor } from '../../src/gallery/audit.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { embeddingAt, embeddingOf, enrollmentPolicy, MODEL } from '../support/people.ts';

const image = { name: 'me.jpg', extension: 'jpg' };
const cosine = (degrees: number) => Math.round(1e4 * Math.cos((degrees * Math.PI) / 180)) / 1e4;
const IMAGE = expect.stringMatching(/^enroll\/me_\w{7}\.jpg$/);

describe('the audit of a gallery', () => {
  let store: Store;
  let gallery: Gallery;
  const open = (embedderId = MODEL) =>
    openGallery({
      store,
      embedderId,
      maxImages: 20,
      policy: enrollmentPolicy(),
      log: silentLogger,
    });
  beforeEach(async () => {
    store = createMemoryStore();
    gallery = await open();
  });

  const enroll = (customerPersonId: string, embedding = embeddingAt(0), norm = 3, customerId = 'c') =>
    gallery.enroll({ customerId, customerPersonId, profile: {}, image, template: { embedding, norm } });
  const auditorOf = (maxTemplates?: number, source: Pick<Gallery, 'snapshot' | 'get'> = gallery) =>
    createGalleryAuditor({
      gallery: source,
      operatingPoint: enrollmentPolicy(0.5).operatingPoint,
      minNorm: 2.8,
      ...(maxTemplates === undefined ? {} : { maxTemplates }),
    });
  const audit = (options: { far?: boolean; signal?: AbortSignal; maxTemplates?: number } = {}) => {
    const { far = false, signal = new AbortController().signal, maxTemplates } = options;
    return auditorOf(maxTemplates).audit('c', { far, signal });
  };

  it('finds nothing in an empty gallery, nor in a good one', async () => {
    const nothing = { total: 0, worst: [] };
    const good = { weak: nothing, confusable: nothing, outlying: nothing, needs_enrollment: nothing };
    expect(await audit({ far: true })).toMatchObject({ exact: true, persons: 0, templates: 0, ...good });
    await enroll('ada', embeddingAt(0));
    await enroll('ada', embeddingAt(20));
    await enroll('bob', embeddingAt(120));
    expect(await audit()).toEqual({
      ...{ exact: true, persons: 2, templates: 3, compared_templates: 3, other_model_templates: 0 },
      ...{ threshold: 0.5, own_threshold: 0.5, min_norm: 2.8 },
      ...good,
    });
  });

  it('names weak images, the weakest first', async () => {
    for (const [id, norm, degrees] of [
      ['ada', 2.79, 0],
      ['bob', 2.8, 80],
      ['eve', 1.23456, 160],
    ] as const)
      await enroll(id, embeddingAt(degrees), norm);
    expect((await audit()).weak).toEqual({
      total: 2,
      worst: [
        { customer_person_id: 'eve', image: IMAGE, norm: 1.2346 },
        { customer_person_id: 'ada', image: IMAGE, norm: 2.79 },
      ],
    });
  });

  it('names pairs of persons near and above the threshold once, by their most similar images', async () => {
    await enroll('ada', embeddingAt(0));
    await enroll('ada', embeddingAt(20));
    await enroll('bob', embeddingAt(50));
    await enroll('bob', embeddingAt(70));
    // cos(62 degrees) = .469 lies in the band below .5, cos(64 degrees) = .438 does not.
    await enroll('eve', embeddingAt(70 + 62));
    await enroll('kim', embeddingAt(-64));
    expect((await audit()).confusable).toEqual({
      total: 2,
      worst: [
        { customer_person_ids: ['ada', 'bob'], similarity: cosine(30) },
        { customer_person_ids: ['bob', 'eve'], similarity: cosine(62) },
      ],
    });
  });

  it('names the image that does not fit to its person', async () => {
    for (const degrees of [0, 30, 110]) await enroll('ada', embeddingAt(degrees));
    const { outlying } = await audit();
    expect(outlying.worst).toEqual([{ customer_person_id: 'ada', image: IMAGE, similarity: cosine(80) }]);
    expect(outlying.worst[0].image).toBe(gallery.find('c', 'ada')?.images[2].name);
  });

  it('counts templates of another embedder and names the persons who have no others', async () => {
    await enroll('ada');
    await enroll('bob');
    gallery = await open('next');
    await enroll('bob', embeddingAt(0, 'next'));
    expect(await audit()).toMatchObject({
      persons: 2,
      templates: 1,
      other_model_templates: 2,
      needs_enrollment: { total: 1, worst: [{ customer_person_id: 'ada', images: 1 }] },
      confusable: { total: 0 },
    });
  });

  it('sees no other customer', async () => {
    await enroll('ada');
    await enroll('eve', embeddingAt(0), 1, 'other');
    expect(await audit({ far: true })).toMatchObject({
      persons: 1,
      weak: { total: 0 },
      confusable: { total: 0 },
      far: { strangers: { comparisons: 0, max: -1 } },
    });
  });

  it('measures strangers and own images where asked', async () => {
    await enroll('ada', embeddingAt(0));
    await enroll('ada', embeddingAt(20));
    await enroll('bob', embeddingAt(70));
    await enroll('bob', embeddingAt(200));
    const { far } = await audit({ far: true });
    expect(far).toEqual({
      strangers: {
        comparisons: 4,
        max: cosine(50),
        p50: expect.closeTo(cosine(160), 2),
        p99: cosine(50),
        p99_9: cosine(50),
        p99_99: cosine(50),
        images_above_threshold: 2,
        persons: {
          total: 2,
          worst: [
            { customer_person_id: 'ada', similarity: cosine(50), most_like: 'bob' },
            { customer_person_id: 'bob', similarity: cosine(50), most_like: 'ada' },
          ],
        },
      },
      genuine: {
        images: 4,
        persons: 2,
        min: cosine(130),
        p1: cosine(130),
        p5: cosine(130),
        p50: cosine(130),
        missed: 2,
        // Bob's first image is nearer to Ada than to his second.
        mistaken: 1,
      },
    });
    expect(await audit()).not.toHaveProperty('far');
  });

  it('takes persons at even distances where there are too many, and says so', async () => {
    for (let at = 0; at < 30; at++) await enroll(`p${String(at).padStart(2, '0')}`, embeddingOf(at, 16));
    expect(await audit({ maxTemplates: 10 })).toMatchObject({
      exact: false,
      persons: 30,
      templates: 30,
      compared_templates: 10,
    });
    expect(await audit({ maxTemplates: 30 })).toMatchObject({ exact: true, compared_templates: 30 });
  });

  it('refuses a second audit while one runs, and runs again afterwards, also after a failure', async () => {
    await enroll('ada');
    const auditor = auditorOf();
    const run = (signal = new AbortController().signal) => auditor.audit('c', { far: false, signal });
    const first = run();
    await expect(run()).rejects.toMatchObject({ code: 'overloaded' });
    await first;
    await expect(run(AbortSignal.abort())).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await run()).toMatchObject({ persons: 1 });
  });

  it('does not name a person who was deleted while it ran', async () => {
    for (const id of ['ada', 'bob']) await enroll(id, embeddingAt(0), 1);
    const auditor = auditorOf(undefined, {
      ...gallery,
      snapshot: async (customerId, options) => {
        const snapshot = await gallery.snapshot(customerId, options);
        await gallery.remove('c', 'bob');
        return snapshot;
      },
    });
    const report = await auditor.audit('c', { far: false, signal: new AbortController().signal });
    expect(report.weak).toEqual({
      total: 2,
      worst: [{ customer_person_id: 'ada', image: IMAGE, norm: 1 }],
    });
    expect(report.confusable.worst).toEqual([]);
  });

  it('lets others have their turn while it computes', async () => {
    for (let person = 0; person < 150; person++)
      for (let at = 0; at < 10; at++) await enroll(`p${person}`, embeddingOf(person * 10 + at));
    let turns = 0;
    let isDone = false;
    const running = audit({ far: true }).then(() => {
      isDone = true;
    });
    const started = process.cpuUsage();
    while (!isDone) {
      await new Promise(resolve => setImmediate(resolve));
      turns++;
    }
    await running;
    const { user, system } = process.cpuUsage(started);
    // On average a turn every 50 ms of computing, whatever else the machine does.
    expect((user + system) / 1000 / turns).toBeLessThan(50);
    expect(turns).toBeGreaterThan(5);
  });
});
