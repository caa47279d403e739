import type { FaceEvent } from '../../src/domain/event.ts';
import type { Store } from '../../src/store/store.ts';

/** The bounds of an outbox in memory, which takes no bytes of a disk. */
export function createMemoryBounds(
  rows: Map<number, FaceEvent>,
): Pick<Store['outbox'], 'trim' | 'dropped' | 'count' | 'size'> {
  const total: Record<string, number> = {};
  let newest = 0;
  return {
    trim: async ({ maxRows, before, spare }) => {
      const gone: Record<string, number> = {};
      const drop = (event: FaceEvent) => {
        rows.delete(event.seq);
        for (const counts of [gone, total]) counts[event.type] = (counts[event.type] ?? 0) + 1;
        newest = Math.max(newest, event.seq);
      };
      for (const event of [...rows.values()]) if (Date.parse(event.decided_at) < before) drop(event);
      const left = [...rows.values()];
      const inOrder = [...left.filter(event => !spare(event)), ...left.filter(spare)];
      for (const event of inOrder.slice(0, Math.max(0, rows.size - maxRows))) drop(event);
      return gone;
    },
    dropped: () => ({
      total: Object.values(total).reduce((sum, count) => sum + count, 0),
      by_type: { ...total },
      newest_seq: newest,
    }),
    count: () => rows.size,
    size: () => ({ rows: rows.size, bytes: 0 }),
  };
}
