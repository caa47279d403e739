import { readModel, writeModel } from '../src/engine/models/onnx.ts';
import { text } from '../src/engine/models/wire.ts';
import { createSession } from '../src/engine/session.ts';
import { createTemplateIndex } from '../src/gallery/template-index.ts';
import { silentLogger } from '../src/platform/logger.ts';
import { createOnnxWriter } from '../test/support/onnx-writer.ts';
import { DIMENSION, TEMPLATES_PER_PERSON } from './search-data.ts';
import type { Usearch } from './search-peer.ts';

/** One way to find the two best persons for each probe; answers their similarities. */
export interface SearchEngine {
  readonly name: string;
  search(probes: readonly Float32Array[]): Promise<TopPersons[]>;
  close(): Promise<void>;
}

/** Similarities of the best person and of the best other one. */
export type TopPersons = readonly [best: number, second: number];

/** A library must give so many rows so that the second person is among them. */
const ROWS_NEEDED = TEMPLATES_PER_PERSON + 1;

const MODEL = 'bench@1';
const personAt = (row: number): number => Math.floor(row / TEMPLATES_PER_PERSON);

/** The gallery's own index with all templates. */
export function openOurs(templates: Float32Array, count: number): SearchEngine {
  const index = createTemplateIndex(MODEL, { log: silentLogger });
  for (let row = 0; row < count; row++) {
    const id = `person-${personAt(row)}`;
    const vector = rowOf(templates, row);
    const template = { id: `t-${row}`, personId: id, customerId: 'c', norm: 3 };
    index.add(
      { id, customerId: 'c', customerPersonId: id },
      { ...template, embedding: { modelId: MODEL, vector } },
    );
  }
  return {
    name: 'facegate',
    search: probes =>
      Promise.all(
        probes.map(async vector => {
          const { best, runnerUp } = await index.search('c', { modelId: MODEL, vector });
          return [best!.similarity, runnerUp!.similarity] as const;
        }),
      ),
    close: () => index.close(),
  };
}

/** A plain loop over float32, eight sums. */
export function openPlain(templates: Float32Array, count: number): SearchEngine {
  return {
    name: 'plain JS',
    search: async probes =>
      probes.map(probe => {
        const top = createTop();
        for (let row = 0; row < count; row++)
          top.offer(personAt(row), dot(templates, row * DIMENSION, probe));
        return top.persons();
      }),
    close: async () => {},
  };
}

/** onnxruntime on one thread: Gemm and TopK over the templates as an input. */
export async function openOrt(templates: Float32Array, count: number): Promise<SearchEngine> {
  const session = await createSession(gemmTopK(), { threads: 1 });
  const gallery = { data: templates.subarray(0, count * DIMENSION), dims: [count, DIMENSION] };
  return {
    name: 'ORT Gemm+TopK',
    search: async probes => {
      const { values, indices } = await session.run({
        probes: { data: joined(probes), dims: [probes.length, DIMENSION] },
        gallery,
      });
      return probes.map((_, at) => {
        const top = createTop();
        for (let i = at * ROWS_NEEDED; i < (at + 1) * ROWS_NEEDED; i++)
          top.offer(personAt(indices.data[i]), values.data[i]);
        return top.persons();
      });
    },
    close: () => session.close(),
  };
}

/** usearch's exhaustive search on one thread. */
export function openUsearch({ exactSearch, MetricKind }: Usearch, templates: Float32Array, count: number) {
  const rows = templates.subarray(0, count * DIMENSION);
  const search = (probes: readonly Float32Array[]) =>
    exactSearch(rows, joined(probes), DIMENSION, ROWS_NEEDED, MetricKind.IP, 1);
  return usearchEngine('usearch exact', search);
}

/** usearch's graph, as its recall needs it: 16 links, 128 looked at to add and 64 to search. */
export function openHnsw({ Index, MetricKind }: Usearch, templates: Float32Array, count: number) {
  const sizes = { connectivity: 16, expansion_add: 128, expansion_search: 64 };
  const index = new Index({ metric: MetricKind.IP, dimensions: DIMENSION, ...sizes });
  const keys = BigUint64Array.from({ length: count }, (_, row) => BigInt(row));
  index.add(keys, templates.subarray(0, count * DIMENSION), 1);
  return usearchEngine('usearch HNSW', probes => index.search(joined(probes), ROWS_NEEDED, 1));
}

function usearchEngine(
  name: string,
  search: (probes: readonly Float32Array[]) => ReturnType<Usearch['exactSearch']>,
): SearchEngine {
  return {
    name,
    search: async probes => {
      const { keys, distances } = search(probes);
      return probes.map((_, at) => {
        const top = createTop();
        for (let i = at * ROWS_NEEDED; i < (at + 1) * ROWS_NEEDED; i++)
          top.offer(personAt(Number(keys[i])), 1 - distances[i]);
        return top.persons();
      });
    },
    close: async () => {},
  };
}

function createTop() {
  let owner = -1;
  let best = -1;
  let second = -1;
  return {
    offer(person: number, similarity: number): void {
      if (similarity <= second) return;
      if (person === owner) best = Math.max(best, similarity);
      else if (similarity > best) {
        second = best;
        best = similarity;
        owner = person;
      } else second = similarity;
    },
    persons: (): TopPersons => [best, second],
  };
}

function gemmTopK(): Uint8Array {
  const graph = createOnnxWriter();
  const probes = graph.input('probes', ['p', DIMENSION]);
  const gallery = graph.input('gallery', ['n', DIMENSION]);
  const scores = graph.node('Gemm', [probes, gallery], 'scores', { transB: 1 });
  graph.node('TopK', [scores, graph.integers('k', [ROWS_NEEDED])], 'values');
  graph.node('Cast', ['rows'], 'indices', { to: 1 });
  for (const name of ['values', 'indices']) graph.output(name, ['p', ROWS_NEEDED]);
  const model = readModel(graph.build());
  // TopK has a second output, which the writer does not know.
  const nodes = model.nodes.map(node =>
    node.op === 'TopK' ? { ...node, fields: [...node.fields, text(2, 'rows')] } : node,
  );
  return writeModel({ ...model, nodes });
}

function rowOf(templates: Float32Array, row: number): Float32Array {
  return templates.subarray(row * DIMENSION, (row + 1) * DIMENSION);
}

function joined(probes: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(probes.length * DIMENSION);
  for (const [at, probe] of probes.entries()) all.set(probe, at * DIMENSION);
  return all;
}

function dot(rows: Float32Array, offset: number, probe: Float32Array): number {
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < DIMENSION; i += 8) {
    const at = offset + i;
    a += rows[at] * probe[i];
    b += rows[at + 1] * probe[i + 1];
    c += rows[at + 2] * probe[i + 2];
    d += rows[at + 3] * probe[i + 3];
    e += rows[at + 4] * probe[i + 4];
    f += rows[at + 5] * probe[i + 5];
    g += rows[at + 6] * probe[i + 6];
    h += rows[at + 7] * probe[i + 7];
  }
  return a + b + c + d + (e + f + g + h);
}
