import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { similarity } from '../../src/domain/face.ts';
import type { Person, Profile } from '../../src/domain/person.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from '../support/people.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const DIMENSION = 16;
const MAX_IMAGES = 4;
const image = { name: 'x.jpg', extension: 'jpg' };

/** What a gallery should be, told in the plainest way. */
interface Expected {
  readonly persons: Map<string, { id: string; profile: Record<string, string>; seeds: number[] }>;
  readonly deletedIds: string[];
}

interface Real {
  store: Store;
  gallery: Gallery;
}

type Step =
  | { kind: 'enroll'; key: string; seed: number; profile: Profile }
  | { kind: 'update'; key: string; seed?: number; profile: Profile; mode: 'replace' | 'merge' }
  | { kind: 'remove'; key: string }
  | { kind: 'search'; customerId: string; seed: number }
  | { kind: 'reopen' };

const customers = ['c', 'd'];
const key = fc.constantFrom('c ada', 'c bob', 'c eve', 'd ada', 'd \u{1f600}');
const seed = fc.integer({ min: 1, max: 30 });
const field = fc.option(fc.constantFrom('', 'x', 'y'), { nil: undefined });
const profile = fc
  .record({ firstName: field, lastName: field, phone: field })
  .map(
    fields =>
      Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Profile,
  );
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('enroll' as const), key, seed, profile }) },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        kind: fc.constant('update' as const),
        key,
        seed,
        profile,
        mode: fc.constantFrom('replace' as const, 'merge' as const),
      },
      { requiredKeys: ['kind', 'key', 'profile', 'mode'] },
    ),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('search' as const),
      customerId: fc.constantFrom(...customers),
      seed,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

async function take(
  action: Step,
  real: Real,
  expected: Expected,
  reopen: () => Promise<void>,
): Promise<void> {
  if (action.kind === 'reopen') return reopen();
  if (action.kind === 'search') return expectSearch(action, real.gallery, expected);
  const [customerId, customerPersonId] = action.key.split(' ') as [string, string];
  const known = expected.persons.get(action.key);
  if (action.kind === 'remove') {
    const removal = real.gallery.remove(customerId, customerPersonId);
    if (!known) return expect(removal).rejects.toMatchObject({ code: 'person_not_found' });
    expect((await removal).id).toBe(known.id);
    expected.persons.delete(action.key);
    expected.deletedIds.push(known.id);
    return;
  }
  const source = action.seed !== undefined && {
    image,
    template: { embedding: embeddingOf(action.seed, DIMENSION), norm: 3 },
  };
  const input = { customerId, customerPersonId, profile: action.profile };
  const change =
    action.kind === 'enroll'
      ? real.gallery.enroll({ ...input, ...(source as Exclude<typeof source, false>) })
      : real.gallery.update({ ...input, mode: action.mode, ...source });
  if (action.kind === 'update' && !known)
    return expect(change).rejects.toMatchObject({ code: 'person_not_found' });
  if (source && known?.seeds.length === MAX_IMAGES)
    return expect(change).rejects.toMatchObject({ code: 'invalid_request' });
  const { person } = await change;
  const before = action.kind === 'update' && action.mode === 'replace' ? {} : known?.profile;
  const fields = Object.entries({ ...before, ...action.profile }).filter(([, value]) => value !== '');
  expected.persons.set(action.key, {
    id: known?.id ?? person.id,
    profile: Object.fromEntries(fields) as Record<string, string>,
    seeds: [...(known?.seeds ?? []), ...(action.seed === undefined ? [] : [action.seed])],
  });
}

async function expectSearch(
  action: { customerId: string; seed: number },
  gallery: Gallery,
  expected: Expected,
): Promise<void> {
  const probe = embeddingOf(action.seed, DIMENSION);
  const scores = new Map<string, number>();
  for (const [key, { id, seeds }] of expected.persons)
    if (key.startsWith(`${action.customerId} `))
      scores.set(
        id,
        Math.max(...seeds.map(each => similarity(embeddingOf(each, DIMENSION).vector, probe.vector))),
      );
  const [first = -1, second = -1] = [...scores.values()].sort((a, b) => b - a);
  const match = await gallery.search(action.customerId, probe);
  expect(match.best === undefined).toBe(scores.size === 0);
  if (!match.best) return;
  expect(match.best.similarity).toBeCloseTo(first, 6);
  expect(scores.get(match.best.personId)).toBeCloseTo(first, 6);
  expect(match.margin).toBeCloseTo(first - second, 6);
}

function expectSame(gallery: Gallery, expected: Expected): void {
  const persons: Person[] = customers.flatMap(customer => gallery.list(customer, { limit: 100 }).persons);
  const found = persons.map(each => [
    `${each.customerId} ${each.customerPersonId}`,
    { id: each.id, profile: each.profile, images: each.images.length },
  ]);
  const wanted = [...expected.persons].map(([at, { id, profile, seeds }]) => [
    at,
    { id, profile, images: seeds.length },
  ]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
  const templates = [...expected.persons.values()].reduce((sum, { seeds }) => sum + seeds.length, 0);
  expect(gallery.size()).toEqual({ persons: expected.persons.size, templates, otherModel: 0 });
  for (const id of expected.deletedIds) expect(gallery.get(id)).toBeUndefined();
}

describe('the gallery over the LMDB store', () => {
  it('is what a plain model says after any sequence of changes, searches and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async steps => {
        const dir = temporaryFolder();
        const open = async (): Promise<Real> => {
          const store = await openStoreIn(dir);
          const policy = enrollmentPolicy();
          const settings = { embedderId: MODEL, maxImages: MAX_IMAGES, policy, log: silentLogger };
          return { store, gallery: await openGallery({ store, ...settings }) };
        };
        const real = await open();
        const reopen = async () => {
          await real.store.close();
          Object.assign(real, await open());
        };
        const expected: Expected = { persons: new Map(), deletedIds: [] };
        try {
          for (const action of steps) await take(action, real, expected, reopen);
          expectSame(real.gallery, expected);
          await reopen();
          expectSame(real.gallery, expected);
        } finally {
          await real.store.close();
          removeFolder(dir);
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
  });

  it('ends in one of the two orders when enrollments and removals of one person run at once', async () => {
    const dir = temporaryFolder();
    const store = await openStoreIn(dir);
    const gallery = await openGallery({
      store,
      embedderId: MODEL,
      maxImages: 99,
      policy: enrollmentPolicy(),
      log: silentLogger,
    });
    const id = { customerId: 'c', customerPersonId: 'ada' };
    const template = (at: number) => ({ embedding: embeddingOf(at, DIMENSION), norm: 3 });
    for (let round = 0; round < 30; round++) {
      const calls = Array.from({ length: 6 }, (_, at) =>
        (at * 7 + round) % 3 === 0
          ? gallery.remove('c', 'ada').then(
              () => undefined,
              () => undefined,
            )
          : gallery.enroll({ ...id, profile: {}, image, template: template(round * 10 + at) }),
      );
      const results = await Promise.all(calls);
      const person = gallery.find('c', 'ada');
      const last = results.at(-1)?.person;
      expect(person?.images.map(each => each.templateId)).toEqual(last?.images.map(each => each.templateId));
      expect([...store.templates.all()].map(each => each.id).sort()).toEqual(
        (person?.images ?? []).map(each => each.templateId).sort(),
      );
      expect(gallery.size().templates).toBe(person?.images.length ?? 0);
    }
    await store.close();
    removeFolder(dir);
  });
});
