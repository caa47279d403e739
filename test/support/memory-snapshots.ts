import { FacegateError } from '../../src/domain/errors.ts';
import type { FaceEvent } from '../../src/domain/event.ts';
import type { SnapshotTable } from '../../src/store/tables/snapshot-table.ts';

const MOST_BYTES = 256 * 1024 * 1024;

/** The snapshots of the events of a history in memory. */
export function createMemorySnapshots(history: ReadonlyMap<number, FaceEvent>): SnapshotTable {
  const jpegs = new Map<number, Uint8Array>();
  const forget = (isOver: (event: FaceEvent | undefined) => boolean): number => {
    const over = [...jpegs.keys()].filter(seq => isOver(history.get(seq)));
    for (const seq of over) jpegs.delete(seq);
    return over.length;
  };
  return {
    put: async (seq, jpeg) => {
      if (jpeg.length > MOST_BYTES / 2) throw new FacegateError('too_large', 'It is too large.');
      if (!history.has(seq)) return false;
      jpegs.set(seq, jpeg);
      return true;
    },
    get: seq => (history.has(seq) ? jpegs.get(seq) : undefined),
    prune: async before => forget(event => event === undefined || Date.parse(event.decided_at) < before),
    count: () => {
      forget(event => event === undefined);
      return jpegs.size;
    },
  };
}
