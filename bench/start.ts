// How long the daemon takes to be ready with a large gallery: node dist/bench/start.js [--runs N] [--no-daemon] [--json]
// Makes two stores of 100,000 templates once (in the temporary folder), then opens each in fresh processes, the file being in the cache.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startDaemon } from '../test/support/daemon-process.ts';
import { giveUp, table } from './report.ts';
import type { Opened } from './start/child.ts';
import { type Contents, nameOf, storeWith } from './start/contents.ts';

const CONTENTS: readonly Contents[] = [
  { persons: 100_000, templatesEach: 1 },
  { persons: 20_000, templatesEach: 5 },
];
const CHILD = fileURLToPath(new URL('./start/child.js', import.meta.url));

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    'no-daemon': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const runs = Number(options.runs);

interface Row extends Opened {
  readonly name: string;
  readonly readyMs: number;
  /** The whole daemon, until it says that it is ready. */
  readonly daemonMs?: number;
}

const rows: Row[] = [];
try {
  for (const contents of CONTENTS) rows.push(await measure(contents));
} catch (error) {
  giveUp(error);
}

console.log(`median of ${runs} starts with a warm file; ms, and bytes for each template`);
console.log(
  table(
    [
      'persons x templates',
      'ready',
      'store',
      '(pages)',
      'records',
      'index',
      'CPU',
      'daemon',
      'own bytes',
      'file bytes',
    ],
    rows.map(row => [
      row.name,
      ...[row.readyMs, row.storeMs, row.pagesMs, row.recordsMs, row.indexMs, row.cpuMs].map(ms =>
        ms.toFixed(0),
      ),
      row.daemonMs?.toFixed(0) ?? '-',
      ...[row.ownBytes, row.fileBytes].map(bytes => (bytes / row.templates).toFixed(0)),
    ]),
  ),
);
if (options.json) {
  const ready = rows.map(({ name, readyMs }) => [name, Number((readyMs / 1000).toFixed(2))]);
  const bytes = Math.max(...rows.map(({ ownBytes, templates }) => ownBytes / templates));
  console.log(JSON.stringify({ ready_s: Object.fromEntries(ready), bytes_per_template: Math.round(bytes) }));
}

async function measure(contents: Contents): Promise<Row> {
  const dir = await storeWith(contents);
  const opened: Opened[] = [];
  for (let run = 0; run < runs; run++) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', CHILD, dir]);
    opened.push(JSON.parse(stdout) as Opened);
  }
  opened.sort((a, b) => readyMs(a) - readyMs(b));
  const middle = opened[Math.floor(opened.length / 2)];
  const daemonMs = options['no-daemon'] ? undefined : await daemonStart(dir);
  return {
    ...middle,
    name: nameOf(contents),
    readyMs: readyMs(middle),
    ...(daemonMs !== undefined && { daemonMs }),
  };
}

function readyMs({ storeMs, recordsMs, indexMs }: Opened): number {
  return storeMs + recordsMs + indexMs;
}

/** Of a copy: a daemon writes. The first start is not measured, for the copy is not in the cache. */
async function daemonStart(dir: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'facegate-bench-'));
  try {
    await cp(dir, join(folder, 'state'), { recursive: true });
    const settings = { folder, config: ['node: bench', 'http: { port: 0 }', 'mqtt: { url: "embedded:0" }'] };
    let ms = 0;
    for (let run = 0; run < 2; run++) {
      const begun = performance.now();
      const daemon = await startDaemon(settings);
      ms = performance.now() - begun;
      await daemon.stop();
    }
    return ms;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
