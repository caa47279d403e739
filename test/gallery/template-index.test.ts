import { describe, expect, it } from 'vitest';
import { similarity } from '../../src/domain/face.ts';
import type { Match, Template } from '../../src/domain/person.ts';
import { createTemplateIndex } from '../../src/gallery/template-index.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { embeddingOf, MODEL } from '../support/people.ts';

interface Placed {
  readonly template: Template;
  readonly customerPersonId: string;
}

const place = (personId: string, id: string, seed: number, customerId = 'c', dimension = 16): Placed => ({
  customerPersonId: `of-${personId}`,
  template: { id, personId, customerId, embedding: embeddingOf(seed, dimension), norm: 3 },
});

function fill(placed: readonly Placed[]) {
  const index = createTemplateIndex(MODEL, { log: silentLogger });
  for (const { template, customerPersonId } of placed)
    index.add({ id: template.personId, customerId: template.customerId, customerPersonId }, template);
  return index;
}

/** The two best persons by the plainest possible means. */
function naive(placed: readonly Placed[], customerId: string, probe: Float32Array): [string, number][] {
  const best = new Map<string, number>();
  for (const { template } of placed.filter(each => each.template.customerId === customerId)) {
    const score = similarity(template.embedding.vector, probe);
    best.set(template.personId, Math.max(score, best.get(template.personId) ?? -2));
  }
  return [...best].sort((a, b) => b[1] - a[1]).slice(0, 2);
}

function expectSame(match: Match, expected: [string, number][]): void {
  const found = [match.best, match.runnerUp].filter(each => each !== undefined);
  expect(found.map(each => each.personId)).toEqual(expected.map(([id]) => id));
  for (const [at, [, score]] of expected.entries()) expect(found[at]!.similarity).toBeCloseTo(score, 6);
}

describe('the template index', () => {
  it('finds what a naive search finds, through growth and removal', async () => {
    let placed = Array.from({ length: 2600 }, (_, i) =>
      place(`person-${i % 700}`, `t${i}`, i, i % 700 < 600 ? 'c' : 'other'),
    );
    const index = fill(placed);
    const probes = Array.from({ length: 20 }, (_, i) => embeddingOf(10_000 + i, 16));
    for (const step of [1, 2, 3]) {
      for (const probe of probes)
        for (const customer of ['c', 'other'])
          expectSame(await index.search(customer, probe), naive(placed, customer, probe.vector));
      const gone = new Set(Array.from({ length: 200 }, (_, i) => `person-${(i * 7 + step) % 700}`));
      for (const personId of gone) index.removePerson(personId);
      placed = placed.filter(({ template }) => !gone.has(template.personId));
      expect(index.size().templates).toBe(placed.length);
    }
  });

  it("names the best template and the customer's own id", async () => {
    const index = fill([place('p', 't1', 1), place('p', 't2', 2), place('q', 't3', 3)]);
    const { best } = await index.search('c', embeddingOf(2, 16));
    expect(best).toEqual({
      personId: 'p',
      templateId: 't2',
      customerPersonId: 'of-p',
      similarity: expect.closeTo(1, 6),
    });
  });

  it('counts the margin against the best other person, and against -1 where there is none', async () => {
    const alone = fill([place('p', 't1', 1), place('p', 't2', 2)]);
    const lonely = await alone.search('c', embeddingOf(1, 16));
    expect(lonely.runnerUp).toBeUndefined();
    expect(lonely.margin).toBeCloseTo(2, 6);
    const two = fill([place('p', 't1', 1), place('p', 't2', 2), place('q', 't3', 3)]);
    const match = await two.search('c', embeddingOf(1, 16));
    expect(match.runnerUp?.personId).toBe('q');
    expect(match.margin).toBe(match.best!.similarity - match.runnerUp!.similarity);
  });

  it('finds nobody in an empty gallery', async () => {
    const index = fill([place('p', 't1', 1)]);
    expect(await index.search('nobody', embeddingOf(1, 16))).toEqual({ margin: 0 });
    index.removePerson('p');
    index.removePerson('p');
    expect(await index.search('c', embeddingOf(1, 16))).toEqual({ margin: 0 });
    expect(index.size()).toEqual({ persons: 0, templates: 0, otherModel: 0 });
  });

  it('gives equal scores to the smaller person id and template id, in whatever order they came', async () => {
    const twins = [place('b', 't1', 1), place('a', 't4', 1), place('a', 't3', 1), place('c', 't2', 1)];
    for (const order of [twins, [...twins].reverse()]) {
      const { best, runnerUp, margin } = await fill(order).search('c', embeddingOf(1, 16));
      expect([best?.personId, best?.templateId, runnerUp?.personId]).toEqual(['a', 't3', 'b']);
      expect(margin).toBe(0);
    }
  });

  it('compares with one person alone when asked to', async () => {
    const index = fill([place('p', 't1', 1), place('q', 't2', 2), place('r', 't3', 3, 'other')]);
    const match = await index.search('c', embeddingOf(1, 16), 'q');
    expect(match.best?.personId).toBe('q');
    expect(match.margin).toBe(match.best!.similarity + 1);
    expect(match.runnerUp).toBeUndefined();
    expect(await index.search('c', embeddingOf(1, 16), 'r')).toEqual({ margin: 0 });
    expect(await index.search('c', embeddingOf(1, 16), 'nobody')).toEqual({ margin: 0 });
  });

  it('counts templates of another embedder and never searches them', async () => {
    const index = fill([place('p', 't1', 1)]);
    const foreign = { ...place('p', 't2', 2).template, embedding: embeddingOf(2, 32, 'older') };
    index.add({ id: 'p', customerId: 'c', customerPersonId: 'of-p' }, foreign);
    index.add({ id: 'p', customerId: 'c', customerPersonId: 'of-p' }, foreign);
    expect(index.size()).toEqual({ persons: 1, templates: 1, otherModel: 1 });
    expect((await index.search('c', embeddingOf(2, 16))).best?.templateId).toBe('t1');
    index.removePerson('p');
    expect(index.size()).toEqual({ persons: 0, templates: 0, otherModel: 0 });
  });

  it('refuses probes that it cannot compare', async () => {
    const index = fill([place('p', 't1', 1)]);
    const broken = embeddingOf(1, 16);
    broken.vector[3] = Number.NaN;
    const long = { ...broken, vector: embeddingOf(1, 16).vector.map(value => value * 2) };
    for (const probe of [embeddingOf(1, 16, 'older'), embeddingOf(1, 32), broken, long])
      await expect(index.search('c', probe)).rejects.toMatchObject({ code: 'internal' });
    const zero = { modelId: MODEL, vector: new Float32Array(16) };
    expect((await index.search('c', zero)).best?.similarity).toBe(0);
    expect(() => index.check(zero)).toThrow(/unit length/);
  });
});
