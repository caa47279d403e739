import type { Environment } from '../lmdb/environment.ts';
import { idKey } from '../records/key.ts';
import { openJson, sealJson } from '../records/record.ts';

/** Numbers about the store itself: the schema's version, the two sequences, which only grow, and when it was last tried (milliseconds since the epoch). */
export type CounterName = 'schema' | 'change_seq' | 'outbox_seq' | 'tried_at';

/** The table of counters. */
export interface CounterTable {
  /** 0 where it was never set. */
  get(name: CounterName): number;
  set(name: CounterName, value: number): void;
  /** Adds one and returns the new value, first 1. */
  next(name: CounterName): number;
}

/** The counters, kept in the table `meta`. */
export function openCounterTable(environment: Environment): CounterTable {
  const meta = environment.table('meta');
  const get = (name: CounterName): number => {
    const record = meta.get(idKey(name));
    return record ? openJson<number>(record, 'meta') : 0;
  };
  const set = (name: CounterName, value: number) => meta.put(idKey(name), sealJson(value));
  return {
    get,
    set,
    next: name => {
      const value = get(name) + 1;
      set(name, value);
      return value;
    },
  };
}
