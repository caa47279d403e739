import type { Database, RootDatabase } from 'lmdb';
import { BINARY } from './table.ts';

/**
 * Commits one row as it is where the files are a compacted copy that nobody has written to. lmdb 3.5.6 ends the process, or its commit fails,
 * where the first transaction in such a copy, whose list of free pages is empty, frees some hundred pages; not where one came before it that
 * frees a few. Throws what lmdb throws.
 */
export function settleCopy(root: RootDatabase<Buffer, Buffer>): void {
  const { free, entryCount } = root.getStats() as Stats;
  if (free.entryCount > 0 || entryCount === 0) return;
  for (const name of root.getKeys()) {
    const table = root.openDB<Buffer, Buffer>(name.toString('utf8').replace(/\0$/, ''), BINARY);
    if (root.transactionSync(() => rewriteFirst(table))) return;
  }
}

/** Inside of a transaction, or a process beside this one could change the row between reading and writing. */
function rewriteFirst(table: Database<Buffer, Buffer>): boolean {
  for (const { key, value } of table.getRange({ limit: 1 })) {
    table.putSync(key, value);
    return true;
  }
  return false;
}

/** What lmdb tells of the whole environment: its named tables, and the list of free pages. */
interface Stats {
  readonly entryCount: number;
  readonly free: { readonly entryCount: number };
}
