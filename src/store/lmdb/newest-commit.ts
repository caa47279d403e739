import type { RootDatabase } from 'lmdb';

type Root = RootDatabase<Buffer, Buffer>;

/** A process that opens the environment takes this many tries, each some milliseconds, at most. */
const MOST_OPENINGS = 20;

/**
 * Inside of a transaction: whether it goes on from the newest commit. Where another process opens the environment while one commits, lmdb 3.5.6
 * sets the number of the newest commit back to what that process had read before (LMDB's ITS#9496): nobody sees the commits since, and
 * the next would be written over them, though they are durable and acknowledged. Nothing is lost as long as nobody writes.
 */
export function isOnNewestCommit(root: Root): boolean {
  const { lastTxnId } = root.getStats() as { lastTxnId: number };
  return root.getWriteTxnId() === lastTxnId + 1;
}

/** Opens the environment so that every process goes on from its newest commit: opening it anew sets right what opening it has set back. Throws where others commit each time. */
export function openOnNewestCommit(open: () => Root): Root {
  for (let opening = 1; opening <= MOST_OPENINGS; opening++) {
    const root = open();
    if (root.transactionSync(() => isOnNewestCommit(root))) return root;
    // At once, as it has written nothing.
    void root.close();
  }
  throw new Error('other processes commit all the time');
}
