import type { Environment } from '../lmdb/environment.ts';
import { idKey } from '../records/key.ts';
import { openJson, sealJson } from '../records/record.ts';

/** What is remembered of the clock over restarts; milliseconds since the epoch. */
export interface ClockMemory {
  readonly provenAt?: number;
  readonly leaptAt?: number;
}

/** The memory of the clock. */
export interface ClockTable {
  recall(): ClockMemory;
  /** Durable when resolved. */
  remember(memory: ClockMemory): Promise<void>;
}

const CLOCK = idKey('clock');

/** The memory of the clock, kept in the table `meta`. */
export function openClockTable(environment: Environment): ClockTable {
  const meta = environment.table('meta');
  return {
    recall: () => {
      const record = meta.get(CLOCK);
      return record ? openJson<ClockMemory>(record, 'meta') : {};
    },
    remember: memory => environment.write(() => meta.put(CLOCK, sealJson(memory))),
  };
}
