import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Match } from '../../../src/domain/person.ts';
import { type CodeMemory, createCodeMemory } from '../../../src/gallery/search/code-memory.ts';
import { layoutOf } from '../../../src/gallery/search/layout.ts';
import type { ScanThread } from '../../../src/gallery/search/scan-thread.ts';
import { createScanner } from '../../../src/gallery/search/scanner.ts';
import { createSearchQueue, type TemplateRow } from '../../../src/gallery/search/search-queue.ts';
import { createVectorRows, type VectorRows } from '../../../src/gallery/vector-rows.ts';
import { plainSearch, rowOf } from './plain-search.ts';
import { denseVectors, unitVector } from './vectors.ts';

const DIMENSION = 16;

/** A thread whose answers come in another turn, as those of a real one: before and after its scans a test changes the rows. */
function slowThread(
  memory: CodeMemory,
  { before, after }: { before?: (pass: number) => void; after?: (pass: number) => void },
) {
  const scanner = createScanner({ ...memory, scratch: memory.layout.scratch.worker });
  const passes: number[] = [];
  const thread: ScanThread = {
    scan: async ({ probes, rows }) => {
      passes.push(probes.length);
      await setImmediate();
      before?.(passes.length);
      const found = scanner.scan(probes, rows);
      after?.(passes.length);
      return found;
    },
    touch: () => undefined,
    close: async () => {},
  };
  return { thread, passes };
}

function filled(templates: readonly { owner: number; vector: Float32Array }[]) {
  const memory = createCodeMemory(DIMENSION);
  const rows = createVectorRows<TemplateRow>(memory);
  const entries = templates.map(({ owner, vector }, at) => {
    const entry = rowOf(owner, at);
    rows.add(vector, entry);
    return entry;
  });
  return { memory, rows, entries };
}

const named = ({ best, runnerUp }: Match) => [best, runnerUp].map(each => Number(each?.customerPersonId));

/** Unit vectors in a plane: their cosines with the probe at 0 degrees are those of their angles. */
const at = (degrees: number) => {
  const vector = new Float32Array(DIMENSION);
  vector[0] = Math.cos((degrees * Math.PI) / 180);
  vector[1] = Math.sin((degrees * Math.PI) / 180);
  return vector;
};
const crowd = () =>
  Array.from({ length: 600 }, (_, index) => ({ owner: 100 + index, vector: at(60 + index / 10) }));

const change = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ owner: fc.integer({ min: 1, max: 9 }), vector: unitVector(DIMENSION) }),
  },
  { weight: 3, arbitrary: fc.record({ removed: fc.nat() }) },
);

describe.each([
  { who: 'the thread', smallBytes: 0 },
  { who: 'both threads', smallBytes: 128 * layoutOf(DIMENSION).stride },
])('the queue of searches, scanned by $who', ({ smallBytes }) => {
  it('answers what the plain search answers, whatever changes before, during and after each scan', async () => {
    const phase = fc.array(change, { maxLength: 6 });
    const plan = fc.record({
      start: fc.array(fc.record({ owner: fc.integer({ min: 1, max: 9 }), vector: unitVector(DIMENSION) }), {
        maxLength: 40,
      }),
      phases: fc.array(phase, { maxLength: 8 }),
      probes: fc.array(unitVector(DIMENSION), { minLength: 1, maxLength: 11 }),
      small: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ start, phases, probes, small }) => {
        const { memory, rows, entries } = filled(start);
        const waiting = [...phases];
        const changeSome = () => {
          for (const each of waiting.shift() ?? []) {
            if ('vector' in each) {
              const entry = rowOf(each.owner, entries.length);
              rows.add(each.vector, entry);
              entries.push(entry);
            } else if (rows.count > 0) rows.remove(rows.entryAt(each.removed % rows.count)!);
          }
        };
        const { thread } = slowThread(memory, { before: changeSome, after: changeSome });
        const queue = createSearchQueue({ memory, thread, smallBytes: small ? 2 ** 20 : -1 });
        await Promise.all(
          probes.map(async probe => {
            // The promise resolves in the turn of the answer, before anything else can change the rows.
            const match = await queue.search(rows, probe);
            expect(match).toEqual(plainSearch(rows, probe));
          }),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('finds the same with the codes of several blocks, of one customer among others', async () => {
    const vectors = denseVectors(64, 5);
    const memory = createCodeMemory(64);
    const [one, other] = [createVectorRows<TemplateRow>(memory), createVectorRows<TemplateRow>(memory)];
    for (let i = 0; i < 1500; i++) {
      one.add(vectors.next().value, rowOf(1 + (i % 400), i));
      other.add(vectors.next().value, rowOf(1000 + i, i));
    }
    const { thread } = slowThread(memory, {});
    const queue = createSearchQueue({ memory, thread, smallBytes });
    for (let i = 0; i < 30; i++)
      for (const rows of [one, other]) {
        const probe = vectors.next().value;
        expect(await queue.search(rows, probe)).toEqual(plainSearch(rows, probe));
      }
  });

  it('never names who was removed during the scan, and counts the margin without them', async () => {
    const { memory, rows, entries } = filled([
      { owner: 1, vector: at(1) },
      { owner: 2, vector: at(2) },
      { owner: 3, vector: at(30) },
      ...crowd(),
    ]);
    const { thread, passes } = slowThread(memory, { after: pass => pass === 1 && rows.remove(entries[1]) });
    const queue = createSearchQueue({ memory, thread, smallBytes });
    // Person 3 was no candidate while person 2 was there.
    expect(named(await queue.search(rows, at(0)))).toEqual([1, 3]);
    expect(passes).toHaveLength(2);
  });

  it('sees who was added during the scan without scanning again', async () => {
    const { memory, rows } = filled([{ owner: 3, vector: at(30) }, ...crowd()]);
    const { thread, passes } = slowThread(memory, {
      after: pass => pass === 1 && rows.add(at(1), rowOf(1, 9999)),
    });
    const queue = createSearchQueue({ memory, thread, smallBytes });
    expect(named(await queue.search(rows, at(0)))).toEqual([1, 3]);
    expect(passes).toHaveLength(1);
  });

  it('finds a row that moved from where the scan was not yet to where it had been', async () => {
    const { memory, rows, entries } = filled([...crowd(), { owner: 1, vector: at(1) }]);
    const { thread } = slowThread(memory, { before: pass => pass === 1 && rows.remove(entries[0]) });
    const queue = createSearchQueue({ memory, thread, smallBytes });
    expect(named(await queue.search(rows, at(0)))[0]).toBe(1);
  });

  it('scans on the main thread where every scan is made void', async () => {
    const { memory, rows } = filled([{ owner: 1, vector: at(1) }, ...crowd()]);
    const { thread, passes } = slowThread(memory, {
      after: () => {
        rows.remove(rows.entryAt(0)!);
        rows.add(at(1), rowOf(1, passes.length));
      },
    });
    const queue = createSearchQueue({ memory, thread, smallBytes });
    // The first row is the last of the crowd by now, and that one is not in the proof.
    expect(named(await queue.search(rows, at(0)))[0]).toBe(1);
    const { thread: restless, passes: scans } = slowThread(memory, {
      after: () => {
        const { best } = plainSearch(rows, at(0));
        const entry = Array.from({ length: rows.count }, (_, row) => rows.entryAt(row)!).find(
          ({ templateId }) => templateId === best?.templateId,
        )!;
        rows.remove(entry);
        rows.add(at(2), rowOf(scans.length + 1, scans.length));
      },
    });
    const match = await createSearchQueue({ memory, thread: restless, smallBytes }).search(rows, at(0));
    expect(match).toEqual(plainSearch(rows, at(0)));
    expect(scans).toHaveLength(3);
  });

  it('serves up to eight probes of one customer in a pass, and customers in turn', async () => {
    const { memory, rows } = filled(crowd());
    const others = createVectorRows<TemplateRow>(memory);
    for (const { owner, vector } of crowd()) others.add(vector, rowOf(owner, 1));
    const { thread, passes } = slowThread(memory, {});
    const queue = createSearchQueue({ memory, thread, smallBytes });
    const answered: string[] = [];
    const ask = async (name: string, from: VectorRows<TemplateRow>) => {
      await queue.search(from, at(0));
      answered.push(name);
    };
    await Promise.all([
      ...Array.from({ length: 10 }, () => ask('rows', rows)),
      ask('others', others),
      ask('others', others),
    ]);
    expect(passes).toEqual([8, 2, 2]);
    expect(answered.slice(0, 8)).toEqual(Array(8).fill('rows'));
  });

  it('answers at once without a thread where there are few rows', async () => {
    const { memory, rows } = filled(crowd());
    const { thread, passes } = slowThread(memory, {});
    expect(named(await createSearchQueue({ memory, thread }).search(rows, at(0)))).toEqual([100, 101]);
    expect(passes).toEqual([]);
  });

  it('gives equal persons by their ids, where many are equal', async () => {
    const { memory, rows } = filled(
      Array.from({ length: 700 }, (_, index) => ({ owner: 700 - index, vector: at(10) })),
    );
    const { thread } = slowThread(memory, {});
    const queue = createSearchQueue({ memory, thread, smallBytes });
    const match = await queue.search(rows, at(0));
    expect(named(match)).toEqual([1, 2]);
    expect(match.margin).toBe(0);
    expect(named(await queue.search(rows, new Float32Array(DIMENSION)))).toEqual([1, 2]);
  });
});
