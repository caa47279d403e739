// Opens the store in argv[2] and fills an index from it, as the daemon does; prints `Opened` as JSON. Wants node --expose-gc.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadIndex } from '../../src/gallery/load-index.ts';
import { createTemplateIndex } from '../../src/gallery/template-index.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { assertReadable } from '../../src/store/pages/precheck.ts';
import { openStore } from '../../src/store/store.ts';
import { EMBEDDER } from './contents.ts';

/** How long it took, in milliseconds, and what memory it cost, in bytes. */
export interface Opened {
  /** The look at every page, which is a part of `storeMs`; measured apart. */
  readonly pagesMs: number;
  readonly storeMs: number;
  /** Reading and opening every record. */
  readonly recordsMs: number;
  /** What the index did with them meanwhile. */
  readonly indexMs: number;
  /** Of all threads, since the process began. */
  readonly cpuMs: number;
  readonly templates: number;
  /** The process's own memory. */
  readonly ownBytes: number;
  /** Pages of the store's file that the process has looked at: the kernel takes them back when it wants them. */
  readonly fileBytes: number;
}

const dir = process.argv[2];
const pagesMs = timeOf(() => assertReadable(join(dir, 'data.mdb'), { pages: true }));
const before = memory();
const begun = performance.now();
const onFatal = (error: Error) => {
  throw error;
};
const store = await openStore({ dir, log: silentLogger, onFatal });
const open = performance.now();
const index = createTemplateIndex(EMBEDDER, { log: silentLogger });
let indexMs = 0;
await loadIndex(store, {
  add: (person, template) => {
    indexMs += timeOf(() => index.add(person, template));
  },
});
const loaded = performance.now();
globalThis.gc?.();
const after = memory();
const { user, system } = process.cpuUsage();
const opened: Opened = {
  pagesMs,
  storeMs: open - begun,
  recordsMs: loaded - open - indexMs,
  indexMs,
  cpuMs: (user + system) / 1000,
  templates: index.size().templates,
  ownBytes: after.own - before.own,
  fileBytes: after.file - before.file,
};
console.log(JSON.stringify(opened));
await index.close();
await store.close();

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function memory(): { own: number; file: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const bytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
  return { own: bytes('RssAnon') + bytes('RssShmem'), file: bytes('RssFile') };
}
