import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FacegateError } from '../../src/domain/errors.ts';
import { type Gallery, openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { type Call, isLinearizable, type SequentialModel } from '../support/linearizability.ts';
import { createMemoryStore } from '../support/memory-store.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from '../support/people.ts';
import { eventOf } from '../support/stored-events.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';

type Operation =
  | { readonly kind: 'enroll' | 'match'; readonly seed: number }
  | { readonly kind: 'rename'; readonly name: string }
  | { readonly kind: 'remove' | 'get' | 'see' };

/** Who the answer is about, null for nobody; with a name where the profile is part of it. */
interface Answer {
  readonly id: string | null;
  readonly name?: string | undefined;
}

type History = Call<Operation, Answer>[];

const DIMENSION = 16;
const ABSENT: Answer = { id: null };

const seed = fc.integer({ min: 1, max: 3 });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('enroll' as const), seed }),
  fc.record({ kind: fc.constant('match' as const), seed }),
  fc.record({ kind: fc.constant('rename' as const), name: fc.constantFrom('x', 'y', 'z') }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'get' as const) }) },
  fc.record({ kind: fc.constant('see' as const) }),
);
const clients = fc.array(fc.array(operation, { minLength: 2, maxLength: 4 }), { minLength: 3, maxLength: 3 });

describe('calls about one person at the same time', () => {
  it('have the outcome of some order of them, whatever the order in which the store answers', async () => {
    let removals = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), clients, async (scheduler, programs) => {
        const store = delayed(createMemoryStore(), () => scheduler.schedule(Promise.resolve()));
        const history: History = [];
        const done = useGallery(store, programs, history, () => scheduler.schedule(Promise.resolve()));
        await scheduler.waitFor(done);
        assertHistory(history, store);
        removals += removalsIn(history).length;
      }),
      { numRuns: 400 },
    );
    expect(removals).toBeGreaterThan(100);
  });

  it('have the outcome of some order of them in the store on the disk', async () => {
    const store = await openTemporaryStore();
    await fc.assert(
      fc.asyncProperty(clients, async programs => {
        const person = store.persons.find('c', 'ada');
        if (person)
          await store.apply({ kind: 'delete_person', opId: crypto.randomUUID(), at: 1, personId: person.id });
        const history: History = [];
        await useGallery(store, programs, history, () => Promise.resolve());
        assertHistory(history, store);
      }),
      { numRuns: 60 },
    );
    await store.close();
  });

  it('would be found out by this test if a search found somebody who was deleted before', () => {
    const call = (operation: Operation, calledAt: number, id: string | null): Call<Operation, Answer> => ({
      operation,
      calledAt,
      answeredAt: calledAt + 1,
      answer: { id },
    });
    const right = [
      call({ kind: 'enroll', seed: 1 }, 0, 'p'),
      call({ kind: 'match', seed: 1 }, 2, 'p'),
      call({ kind: 'remove' }, 4, 'p'),
    ];
    expect(isLinearizable(right, undefined, indexModel)).toBe(true);
    const wrong = [...right, call({ kind: 'match', seed: 1 }, 6, 'p')];
    expect(isLinearizable(wrong, undefined, indexModel)).toBe(false);
  });
});

/**
 * The profiles and the templates are each a thing of its own: a search stops finding a person when the deletion begins, and finds a new one when
 * the enrollment is durable, while `get` shows what is on the disk.
 */
function assertHistory(history: History, store: Store): void {
  const profiles = history.filter(({ operation: { kind } }) => kind !== 'match' && kind !== 'see');
  const templates = history.filter(({ operation: { kind } }) => ['enroll', 'remove', 'match'].includes(kind));
  expect(isLinearizable(profiles, undefined, profileModel), show(profiles)).toBe(true);
  expect(isLinearizable(templates, undefined, indexModel), show(templates)).toBe(true);

  const removals = history.filter(
    ({ operation, answer }) => operation.kind === 'remove' && answer.id !== null,
  );
  for (const { answer, answeredAt } of removals) {
    const later = history.filter(
      call => ['match', 'see'].includes(call.operation.kind) && call.answeredAt > answeredAt,
    );
    expect(later.filter(call => call.answer.id === answer.id)).toEqual([]);
    expect(JSON.stringify(store.outbox.read(0, 1000))).not.toContain(answer.id);
  }
}

function removalsIn(history: History): History {
  return history.filter(({ operation, answer }) => operation.kind === 'remove' && answer.id !== null);
}

const profileModel: SequentialModel<
  { id: string; name: string | undefined } | undefined,
  Operation,
  Answer
> = (person, operation, answer) => {
  const isSame = answer.id === (person?.id ?? null);
  switch (operation.kind) {
    case 'enroll':
      if (answer.id === null) return undefined;
      if (person) return isSame ? { state: person } : undefined;
      return { state: { id: answer.id, name: undefined } };
    case 'rename':
      return isSame ? { state: person && { id: person.id, name: operation.name } } : undefined;
    case 'remove':
      return isSame ? { state: undefined } : undefined;
    default:
      return isSame && answer.name === person?.name ? { state: person } : undefined;
  }
};

const indexModel: SequentialModel<{ id: string; seeds: readonly number[] } | undefined, Operation, Answer> = (
  person,
  operation,
  answer,
) => {
  if (operation.kind === 'remove')
    return answer.id === (person?.id ?? null) ? { state: undefined } : undefined;
  if (operation.kind === 'enroll') {
    if (answer.id === null || (person && person.id !== answer.id)) return undefined;
    return { state: { id: answer.id, seeds: [...(person?.seeds ?? []), operation.seed] } };
  }
  if (operation.kind !== 'match') return { state: person };
  const expected = person?.seeds.includes(operation.seed) ? person.id : null;
  return answer.id === expected ? { state: person } : undefined;
};

/** Each program calls one operation after the other, all programs side by side. */
async function useGallery(
  store: Store,
  programs: readonly (readonly Operation[])[],
  history: History,
  pause: () => Promise<unknown>,
): Promise<void> {
  const options = { store, embedderId: MODEL, maxImages: 20, log: silentLogger };
  const gallery = await openGallery({ ...options, policy: enrollmentPolicy() });
  let clock = 0;
  const run = async (program: readonly Operation[]) => {
    for (const operation of program) {
      await pause();
      const calledAt = clock++;
      const answer = await call(gallery, store, operation);
      history.push({ operation, calledAt, answeredAt: clock++, answer });
    }
  };
  await run([{ kind: 'enroll', seed: 1 }]);
  await Promise.all(programs.map(run));
  await gallery.close();
}

async function call(gallery: Gallery, store: Store, operation: Operation): Promise<Answer> {
  const who = { customerId: 'c', customerPersonId: 'ada' };
  try {
    if (operation.kind === 'enroll') {
      const template = { embedding: embeddingOf(operation.seed, DIMENSION), norm: 1 };
      const image = { name: 'x.jpg', extension: 'jpg' };
      return { id: (await gallery.enroll({ ...who, profile: {}, image, template })).person.id };
    }
    if (operation.kind === 'rename') {
      const profile = { firstName: operation.name };
      return { id: (await gallery.update({ ...who, profile, mode: 'merge' })).person.id };
    }
    if (operation.kind === 'remove') return { id: (await gallery.remove('c', 'ada')).id };
    if (operation.kind === 'match') {
      const { best } = await gallery.search('c', embeddingOf(operation.seed, DIMENSION));
      return best && best.similarity > 0.99 ? { id: best.personId } : ABSENT;
    }
    const person = gallery.find('c', 'ada');
    if (operation.kind === 'get') return person ? { id: person.id, name: person.profile.firstName } : ABSENT;
    const event = person && (await store.outbox.append(seq => eventOf(seq, person)));
    return event && person ? { id: person.id } : ABSENT;
  } catch (error) {
    if (error instanceof FacegateError && error.code === 'person_not_found') return ABSENT;
    throw error;
  }
}

/** Takes its time before a change is made and before it is answered; an event is answered in the order of the commits, as in the store. */
function delayed(store: Store, pause: () => Promise<unknown>): Store {
  return {
    ...store,
    apply: async change => {
      await pause();
      const result = await store.apply(change);
      await pause();
      return result;
    },
    outbox: {
      ...store.outbox,
      append: async build => {
        await pause();
        return store.outbox.append(build);
      },
    },
  };
}

function show(history: History): string {
  return history
    .map(({ operation, calledAt, answeredAt, answer }) =>
      JSON.stringify({ ...operation, calledAt, answeredAt, answer }),
    )
    .join('\n');
}
