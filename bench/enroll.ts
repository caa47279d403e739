import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Embedding, normalize } from '../src/domain/face.ts';
import { type Gallery, openGallery } from '../src/gallery/gallery.ts';
import { createTemplateIndex } from '../src/gallery/template-index.ts';
import { silentLogger } from '../src/platform/logger.ts';
import { openStore } from '../src/store/store.ts';

/** Measures durable enrollments per second on the disk of the temporary folder (or argv[2]), and the time of a search. */
const MODEL = 'bench';
const DIMENSION = 512;
/** Random faces are never alike, but each is looked for, as in the daemon. */
const policy = {
  duplicates: 'warn' as const,
  operatingPoint: (persons: number) => ({
    similarity: 0.5,
    targetFpir: 1e-4,
    persons,
    comparisons: 0,
    supported: false,
  }),
};

const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'facegate-bench-'));
const store = await openStore({ dir, log: silentLogger, onFatal: fail });
const gallery = await openGallery({ store, embedderId: MODEL, maxImages: 1, policy, log: silentLogger });
let enrolled = 0;
await enrollAll(gallery, 100, 1);
for (const [count, atOnce] of [
  [1000, 1],
  [6400, 16],
] as const) {
  const started = performance.now();
  const times = await enrollAll(gallery, count, atOnce);
  const perSecond = (count / (performance.now() - started)) * 1000;
  console.log(`enroll, ${atOnce} at once: ${perSecond.toFixed(0)}/s, ${spread(times)} ms each`);
}
const opening = performance.now();
await openGallery({ store, embedderId: MODEL, maxImages: 1, policy, log: silentLogger });
console.log(`load ${enrolled} templates: ${(performance.now() - opening).toFixed(0)} ms`);
await store.close();
rmSync(dir, { recursive: true });

for (const count of [1000, 10_000, 100_000]) {
  const index = createTemplateIndex(MODEL, { log: silentLogger });
  for (let i = 0; i < count; i++) {
    const person = { id: `person-${Math.floor(i / 3)}`, customerId: 'c', customerPersonId: `c-${i}` };
    const template = {
      id: `t-${i}`,
      personId: person.id,
      customerId: 'c',
      embedding: randomEmbedding(),
      norm: 3,
    };
    index.add(person, template);
  }
  const times: number[] = [];
  for (let round = 0; round < 100; round++) {
    const probe = randomEmbedding();
    const started = performance.now();
    await index.search('c', probe);
    times.push(performance.now() - started);
  }
  console.log(`search ${count} x ${DIMENSION}: ${spread(times)} ms`);
  await index.close();
}

async function enrollAll(into: Gallery, count: number, atOnce: number): Promise<number[]> {
  const times: number[] = [];
  const lane = async () => {
    for (let i = 0; i < count / atOnce; i++) {
      const template = { embedding: randomEmbedding(), norm: 3 };
      const image = { name: 'x.jpg', extension: 'jpg' };
      const started = performance.now();
      await into.enroll({
        customerId: 'c',
        customerPersonId: `p${enrolled++}`,
        profile: { firstName: 'Ada', lastName: 'Lovelace' },
        image,
        template,
      });
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return times;
}

function randomEmbedding(): Embedding {
  const vector = Float32Array.from({ length: DIMENSION }, () => Math.random() - 0.5);
  return { modelId: MODEL, vector: normalize(vector).unit };
}

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2);
  return `min ${at(0)}, median ${at(0.5)}, p99 ${at(0.99)}`;
}

function fail(error: Error): never {
  throw error;
}
