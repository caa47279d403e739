// How tight the certain bounds of the search are on real faces: node dist/bench/search-bounds.js [--data DIR] [--json]
// DIR holds images/. Of people with several photos the last is a probe and the others are enrolled; of those with one, every second is a stranger.
import { parseArgs } from 'node:util';
import { ConfigSchema } from '../src/config/schema.ts';
import { inputSize } from '../src/daemon/input-size.ts';
import { createCodeMemory } from '../src/gallery/search/code-memory.ts';
import { BLOCK_ROWS, FIELD_BYTES, rowPlace } from '../src/gallery/search/layout.ts';
import { codeProbe } from '../src/gallery/search/probe-code.ts';
import { createScanner } from '../src/gallery/search/scanner.ts';
import { createVectorRows, type RowEntry } from '../src/gallery/vector-rows.ts';
import { describePhotos, personOn, photosDir, photosIn } from '../test/accuracy/photo-pairs.ts';
import { openTestEngine } from '../test/support/engine.ts';
import { giveUp, progress } from './report.ts';

const { values: options } = parseArgs({
  options: { data: { type: 'string', default: photosDir }, json: { type: 'boolean', default: false } },
});

interface Faces {
  readonly enrolled: readonly { owner: number; vector: Float32Array }[];
  readonly probes: readonly Float32Array[];
}

async function facesOf(dir: string): Promise<Faces> {
  const photos = await photosIn(dir);
  const engine = await openTestEngine();
  const input = inputSize(ConfigSchema.parse({}).engine.uploadInput);
  const onProgress = progress('photos');
  const found = await describePhotos(engine, photos, { dir, input, mirrored: true, onProgress });
  await engine.close();
  const byPerson = new Map<string, string[]>();
  for (const photo of [...found.keys()].sort())
    byPerson.set(personOn(photo), [...(byPerson.get(personOn(photo)) ?? []), photo]);
  const enrolled: { owner: number; vector: Float32Array }[] = [];
  const probes: Float32Array[] = [];
  for (const [owner, own] of [...byPerson.values()].entries()) {
    const isProbed = own.length > 1 || owner % 2 === 0;
    const kept = isProbed ? own.slice(0, -1) : own;
    for (const photo of kept)
      enrolled.push({ owner: owner + 1, vector: found.get(photo)!.enrolled!.embedding.vector });
    if (isProbed) probes.push(found.get(own.at(-1)!)!.embedding.vector);
  }
  return { enrolled, probes };
}

function measure({ enrolled, probes }: Faces) {
  const memory = createCodeMemory(probes[0].length);
  const rows = createVectorRows<RowEntry>(memory);
  for (const { owner, vector } of enrolled) rows.add(vector, { owner, row: -1 });
  const { blocks } = rows.codes();
  const floats = new Float32Array(memory.memory.buffer);
  const bounds = enrolled.map((_, row) => {
    const { scale } = rowPlace(memory.layout, row % BLOCK_ROWS);
    return floats[(blocks[Math.floor(row / BLOCK_ROWS)] + scale + FIELD_BYTES) / 4];
  });
  const scanner = createScanner({ ...memory, scratch: memory.layout.scratch.main });
  const candidates = probes.map(probe => scanner.scan([probe], rows.codes())[0].rows.length);
  return {
    templates: enrolled.length,
    probes: probes.length,
    bound: spread(bounds),
    probe_rest: spread(probes.map(probe => codeProbe(probe).offset)),
    candidates: { ...spread(candidates), mean: candidates.reduce((sum, n) => sum + n, 0) / probes.length },
  };
}

function spread(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  return { median: at(0.5), p99: at(0.99), max: at(1) };
}

async function main(): Promise<void> {
  const result = measure(await facesOf(options.data));
  console.log(options.json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
}

await main().catch(giveUp);
