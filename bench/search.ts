// The two best persons of a gallery by ours and by other engines, one probe and eight: node dist/bench/search.js [--max ROWS] [--json]
// All in one process on one thread each (of a large gallery ours scans a share on the main thread, too, so its CPU time tells what it costs),
// medians of wall and CPU time; the limit is a bare read of as many bytes as our codes take.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assemble } from '../scripts/kernel/assemble.ts';
import {
  type CompiledModule,
  compileModule,
  createSharedMemory,
  instantiateModule,
} from '../src/platform/web-assembly.ts';
import { repositoryRoot } from '../test/support/engine.ts';
import { giveUp, percent, table } from './report.ts';
import { DIMENSION, makeUpFaces } from './search-data.ts';
import {
  openHnsw,
  openOrt,
  openOurs,
  openPlain,
  openUsearch,
  type SearchEngine,
  type TopPersons,
} from './search-engines.ts';
import { loadUsearch } from './search-peer.ts';

/**
 * Rows, rounds, searches of one probe that a round times together, and milliseconds of calm before each measurement. Garbage is
 * collected first, and what is due in the event loop is waited for, as well as the threads of V8 that sweep the heap of a large index: two
 * gigabytes of test data make V8 collect again and again, and ours, which alone waits for a thread, would pay for it with 10 ms.
 */
const SIZES = [
  { n: 1000, rounds: 60, together: 20, calmMs: 20 },
  { n: 10_000, rounds: 40, together: 4, calmMs: 20 },
  { n: 100_000, rounds: 20, together: 1, calmMs: 50 },
  { n: 1_000_000, rounds: 9, together: 1, calmMs: 400 },
];
/** An engine that took so long leaves the later rounds to the others. */
const MAX_MS = 15_000;
const MIN_ROUNDS = 3;
const HNSW_AT = 10_000;
const PROBES = 512;
const READER = join(repositoryRoot, 'bench/memory-read.wat');
const CHECKED = 16;
/** Rounding of float32 sums in the other engines. */
const TOLERANCE = 3e-5;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

interface Row {
  readonly n: number;
  readonly probes: number;
  readonly engine: string;
  readonly ms: number;
  readonly cpu_ms: number;
}

/** What one search took, in milliseconds. */
interface Taken {
  readonly ms: number;
  readonly cpu: number;
}

/** What memory allows for codes of `n` rows: a bare read of as many bytes. */
function createLimit(n: number, reader: CompiledModule): () => void {
  const bytes = n * DIMENSION;
  const memory = createSharedMemory(bytes);
  new Uint8Array(memory.buffer).fill(1);
  const { read } = instantiateModule<{ read(from: number, bytes: number): number }>(reader, {
    env: { memory },
  });
  return () => void read(0, bytes);
}

/** How to open the engines, one at a time: together they would take more memory than a daemon ever has, and slow each other down. */
function openers(templates: Float32Array, n: number): (() => SearchEngine | Promise<SearchEngine>)[] {
  const usearch = loadUsearch();
  return [
    () => openOurs(templates, n),
    () => openPlain(templates, n),
    () => openOrt(templates, n),
    () => openUsearch(usearch, templates, n),
    ...(n === HNSW_AT ? [() => openHnsw(usearch, templates, n)] : []),
  ];
}

async function compare(
  { n, rounds, together, calmMs }: (typeof SIZES)[number],
  templates: Float32Array,
  probes: readonly Float32Array[],
): Promise<{ rows: Row[]; limit: Taken; notes: string[] }> {
  const plain = openPlain(templates, n);
  const readAll = createLimit(n, compileModule(await assemble(READER)));
  const rows: Row[] = [];
  const notes: string[] = [];
  const limits: Taken[] = [];
  for (const open of openers(templates, n)) {
    const engine = await open();
    notes.push(...(await agreement(engine, plain, probes)));
    const taken: Record<number, Taken[]> = { 1: [], 8: [] };
    for (let round = 0; round < rounds; round++) {
      limits.push(await timed(together, calmMs, async () => readAll()));
      for (const [count, repeats] of [
        [1, together],
        [8, Math.ceil(together / 4)],
      ] as const) {
        if (taken[count].length >= MIN_ROUNDS && repeats * sum(taken[count]) > MAX_MS) continue;
        let at = (round * 8) % (PROBES - 8 * together - 8);
        const next = () => engine.search(probes.slice(at++, at - 1 + count));
        taken[count].push(await timed(repeats, calmMs, next));
      }
    }
    await engine.close();
    for (const count of [1, 8]) {
      const { ms, cpu } = median(taken[count]);
      rows.push({ n, probes: count, engine: engine.name, ms, cpu_ms: cpu });
    }
  }
  return { rows, limit: median(limits), notes };
}

/** Throws where an exact engine finds other persons than the plain loop; the recall of one that is not. Warms up as well. */
async function agreement(
  engine: SearchEngine,
  plain: SearchEngine,
  probes: readonly Float32Array[],
): Promise<string[]> {
  if (engine.name !== 'usearch HNSW') {
    const wanted = await plain.search(probes.slice(0, CHECKED));
    const found: TopPersons[] = [];
    for (const probe of probes.slice(0, CHECKED / 2)) found.push(...(await engine.search([probe])));
    found.push(...(await engine.search(probes.slice(CHECKED / 2, CHECKED))));
    const isSame = (pair: TopPersons, at: number) =>
      pair.every((value, i) => Math.abs(value - wanted[at][i]) < TOLERANCE);
    const same = found.filter(isSame).length;
    if (same === CHECKED) return [];
    throw new Error(`${engine.name} found other persons for ${CHECKED - same} of ${CHECKED} probes.`);
  }
  const all = await engine.search(probes);
  const exact = await plain.search(probes);
  const right = all.filter(([best], at) => Math.abs(best - exact[at][0]) < TOLERANCE).length;
  return [`${engine.name}: the best person of ${percent(right / probes.length)} of ${probes.length} probes`];
}

async function timed(repeats: number, calmMs: number, act: () => Promise<unknown>): Promise<Taken> {
  collect();
  await sleep(calmMs);
  const started = performance.now();
  const before = process.cpuUsage();
  for (let i = 0; i < repeats; i++) await act();
  const { user, system } = process.cpuUsage(before);
  return { ms: (performance.now() - started) / repeats, cpu: (user + system) / 1000 / repeats };
}

function sum(times: readonly Taken[]): number {
  return times.reduce((total, { ms }) => total + ms, 0);
}

function median(times: readonly Taken[]): Taken {
  const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
  return { ms: middle(times.map(({ ms }) => ms)), cpu: middle(times.map(({ cpu }) => cpu)) };
}

const { values: options } = parseArgs({
  options: { max: { type: 'string', default: '1000000' }, json: { type: 'boolean', default: false } },
});

async function main(): Promise<void> {
  const sizes = SIZES.filter(({ n }) => n <= Number(options.max));
  const { templates, probes } = makeUpFaces(sizes.at(-1)!.n, PROBES);
  const rows: Row[] = [];
  const limits: Record<string, number> = {};
  for (const size of sizes) {
    process.stderr.write(`${size.n} templates ...\n`);
    const result = await compare(size, templates, probes);
    rows.push(...result.rows);
    limits[size.n] = fourDigits(result.limit.ms);
    const ours = (count: number) => result.rows.find(row => row.probes === count)!;
    const times = (ms: number, cpu: number, count: number) => [
      ms.toFixed(3),
      `${(ms / ours(count).ms).toFixed(2)}x`,
      cpu.toFixed(3),
      `${(cpu / ours(count).cpu_ms).toFixed(2)}x`,
    ];
    const cells = result.rows.map(({ engine, probes: count, ms, cpu_ms }) => [
      String(size.n),
      String(count),
      engine,
      ...times(ms, cpu_ms, count),
    ]);
    const { limit } = result;
    cells.push([String(size.n), '-', 'limit: bare read', ...times(limit.ms, limit.cpu, 1)]);
    console.log(table(['templates', 'probes', 'engine', 'ms', 'to ours', 'CPU ms', 'to ours'], cells));
    for (const note of result.notes) console.log(note);
  }
  if (options.json) {
    const exact = rows.map(row => ({ ...row, ms: fourDigits(row.ms), cpu_ms: fourDigits(row.cpu_ms) }));
    console.log(JSON.stringify({ rows: exact, limit_ms: limits }));
  }
}

function fourDigits(value: number): number {
  return Number(value.toFixed(4));
}

await main().catch(giveUp);
