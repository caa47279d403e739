import type { Match } from '../../domain/person.ts';
import { createTopTwo, type Entry } from '../top-two.ts';
import type { RowEntry, VectorRows } from '../vector-rows.ts';
import type { CodeMemory } from './code-memory.ts';
import { MAX_PROBES, PASS_ROWS } from './layout.ts';
import type { Found } from './rivals.ts';
import type { ScanThread } from './scan-thread.ts';
import { createScanner } from './scanner.ts';

/** A row of a template. */
export type TemplateRow = RowEntry & Entry;

/** Finds the two best persons among rows: exactly those of the moment at which it resolves. */
export interface SearchQueue {
  /** The probe has the rows' dimension and at most unit length. */
  search(rows: VectorRows<TemplateRow>, probe: Float32Array): Promise<Match>;
}

/** Codes up to this many bytes (16,384 templates of 512 values) are scanned on the main thread, in .5 ms a probe; asking the thread takes longer. */
const SMALL_BYTES = 2 ** 23;

/**
 * Of a large gallery the main thread scans twice as many, for all probes of a batch together: for the first half the thread would only wake
 * up, and the second makes the answer faster by as much as it holds the event loop up, half a millisecond.
 */
const SHARE = 2;

/** After so many scans that a change made void, the main thread scans: nothing can change meanwhile. */
const MAX_SCANS = 3;

interface Request {
  readonly rows: VectorRows<TemplateRow>;
  readonly probe: Float32Array;
  readonly resolve: (match: Match) => void;
  readonly reject: (error: unknown) => void;
  scans: number;
}

/** A queue over codes in `memory`; large galleries are scanned by `thread`, up to eight probes in one pass. */
export function createSearchQueue(parts: {
  memory: CodeMemory;
  thread: ScanThread;
  smallBytes?: number;
}): SearchQueue {
  const { memory, thread, smallBytes = SMALL_BYTES } = parts;
  const { layout } = memory;
  const scanner = createScanner({ ...memory, scratch: layout.scratch.main });
  const small: Request[] = [];
  const large: Request[] = [];
  let isServing = false;

  const searchHere = (rows: VectorRows<TemplateRow>, probes: readonly Float32Array[]): Match[] => {
    const found = scanner.scan(probes, rows.codes());
    return found.map((each, at) => rank(rows, probes[at], [each], NOTHING));
  };

  /** Of so many rows, those that this thread scans itself for a batch of probes. */
  const shareOf = (rows: number, probes: number): number => {
    const passes = Math.floor((SHARE * smallBytes) / (layout.stride * PASS_ROWS * probes));
    return Math.min(rows, Math.max(0, passes) * PASS_ROWS);
  };

  const answerHere = (batch: readonly Request[]): void => {
    const matches = searchHere(
      batch[0].rows,
      batch.map(({ probe }) => probe),
    );
    for (const [at, { resolve }] of batch.entries()) resolve(matches[at]);
  };

  const serveSmall = (): void => {
    while (small.length > 0) {
      const batch = takeBatch(small);
      try {
        answerHere(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
  };

  /** The requests that a change of the rows made void. */
  const scanFor = async (batch: readonly Request[]): Promise<Request[]> => {
    const { rows } = batch[0];
    const probes = batch.map(({ probe }) => probe);
    const watch = rows.watch();
    try {
      const all = rows.codes();
      const shared = shareOf(all.to, probes.length);
      const rest = thread.scan({ probes, rows: { ...all, from: shared } });
      const foundHere = scanner.scan(probes, { ...all, to: shared });
      const foundThere = await rest;
      if (!foundThere) {
        answerHere(batch);
        return [];
      }
      return batch.filter((request, at) => {
        const found = [foundHere[at], foundThere[at]];
        if (!found.every(part => isProven(rows, part, watch.written))) return true;
        request.resolve(rank(rows, request.probe, found, watch.written));
        return false;
      });
    } finally {
      watch.end();
    }
  };

  const serveLarge = async (): Promise<void> => {
    isServing = true;
    while (large.length > 0) {
      await undefined;
      const batch = takeBatch(large);
      try {
        for (const request of await scanFor(batch))
          if (++request.scans < MAX_SCANS) large.unshift(request);
          else answerHere([request]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isServing = false;
  };

  return {
    search: (rows, probe) =>
      new Promise((resolve, reject) => {
        // A copy: posting a part of a larger array would post all of that.
        const request = { rows, probe: probe.slice(), resolve, reject, scans: 0 };
        // Served when this turn is over, so that all who ask in it share a pass.
        if (rows.count * layout.stride <= smallBytes) {
          if (small.push(request) === 1) queueMicrotask(serveSmall);
        } else {
          large.push(request);
          if (!isServing) void serveLarge();
        }
      }),
  };
}

/** Takes the first request, and those of the same rows that fit into its pass. */
function takeBatch(waiting: Request[]): Request[] {
  const batch = waiting.filter(({ rows }) => rows === waiting[0].rows).slice(0, MAX_PROBES);
  for (const request of batch) waiting.splice(waiting.indexOf(request), 1);
  return batch;
}

const NOTHING: ReadonlySet<never> = new Set();

/**
 * Whether what was found still holds for the rows as they are. A scan runs beside changes, so it may have seen a row half written, or
 * one that is gone; but where both rows of its proof stood untouched all the while, two persons there now reach its threshold, and every
 * row that reaches it is either found or written since.
 */
function isProven(
  rows: VectorRows<TemplateRow>,
  { proof }: Found,
  written: ReadonlySet<TemplateRow>,
): boolean {
  return proof.every(row => {
    const entry = rows.entryAt(row);
    return entry !== undefined && !written.has(entry);
  });
}

/**
 * Ranks what was found in parts of the rows, and what was written since, by their exact similarity; who is gone is not among them. One of
 * the two best persons is one of the two best of the part where their best template is, so the parts together miss nobody.
 */
function rank(
  rows: VectorRows<TemplateRow>,
  probe: Float32Array,
  found: readonly Found[],
  written: ReadonlySet<TemplateRow>,
): Match {
  const vector = Float64Array.from(probe);
  const top = createTopTwo();
  for (const part of found)
    for (const row of part.rows) {
      const entry = rows.entryAt(row);
      if (entry) top.offer(entry, rows.dot(entry, vector));
    }
  for (const entry of written)
    if (rows.entryAt(entry.row) === entry) top.offer(entry, rows.dot(entry, vector));
  return top.match();
}
