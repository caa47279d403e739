import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../../domain/errors.ts';
import type { FaceEvent } from '../../domain/event.ts';
import type { Environment } from '../lmdb/environment.ts';
import { idKey, sequenceKey, sequenceOf } from '../records/key.ts';
import { openJson, sealJson } from '../records/record.ts';

/** How large the outbox may be, and which events are worth more than others. */
export interface OutboxBounds {
  readonly maxRows: number;
  /** Bytes of the pages that the rows take. */
  readonly maxBytes: number;
  /** Events that were decided earlier go, whatever they are; milliseconds since the epoch. */
  readonly before: number;
  /** Whether an event goes only where nothing else is left to go. */
  spare(event: FaceEvent): boolean;
}

/** Events that were dropped unsent, since the store was made. */
export interface DroppedEvents {
  readonly total: number;
  /** By type; `damaged` are those that could not be read. */
  readonly by_type: Readonly<Record<string, number>>;
  /** The greatest `seq` among them; 0 where there are none. */
  readonly newest_seq: number;
}

/** The outbox as its trimming needs it; `open` gives undefined for, or throws at, an event that nobody can read. */
export interface TrimmedRows {
  entries(range: { after?: Buffer; limit: number }): Iterable<{ key: Buffer; value: Buffer }>;
  open(row: { key: Buffer; value: Buffer }): FaceEvent | undefined;
  size(): { rows: number; bytes: number };
  /** Whether the row was there; only inside a transaction. */
  drop(key: Buffer): boolean;
}

/** Keeps the outbox within bounds, and count of what that costs. */
export interface OutboxTrimming {
  /** Drops what is too old, then the oldest of what need not be spared, then the oldest; tells how many went, by type. */
  trim(bounds: OutboxBounds): Promise<Record<string, number>>;
  dropped(): DroppedEvents;
}

interface Victim {
  readonly key: Buffer;
  readonly type: string;
}

/** Rows that are opened at once: a door decision must not wait long for them. */
const CHUNK = 500;
const DROPPED = idKey('outbox_dropped');
const NONE: DroppedEvents = { total: 0, by_type: {}, newest_seq: 0 };

/** The trimming of the rows; the count is kept in the table `meta` and written with the rows that it tells of. */
export function createOutboxTrimming(environment: Environment, rows: TrimmedRows): OutboxTrimming {
  const meta = environment.table('meta');
  /** Up to here there are only events to be spared, so that they are opened once and not with every trim. */
  let sparedUpTo: Buffer = sequenceKey(0);

  const dropped = (): DroppedEvents => {
    const record = meta.get(DROPPED);
    return record ? openJson<DroppedEvents>(record, 'meta') : NONE;
  };

  const read = (row: { key: Buffer; value: Buffer }): FaceEvent | undefined => {
    try {
      return rows.open(row);
    } catch (error) {
      if (error instanceof FacegateError) return undefined;
      throw error;
    }
  };

  const tooOld = (before: number): Victim[] => {
    const victims: Victim[] = [];
    for (const row of rows.entries({ limit: CHUNK })) {
      const event = read(row);
      if (event === undefined) continue;
      if (Date.parse(event.decided_at) >= before) break;
      victims.push({ key: row.key, type: event.type });
    }
    return victims;
  };

  /** Undefined where nothing has to go; empty where there is more to look at. */
  const tooMany = ({ maxRows, maxBytes, spare }: OutboxBounds): Victim[] | undefined => {
    const size = rows.size();
    const excess = { rows: size.rows - maxRows, bytes: size.bytes - maxBytes };
    const isOver = () => excess.rows > 0 || excess.bytes > 0;
    if (!isOver() || size.rows === 0) return undefined;
    const victims: Victim[] = [];
    const take = ({ key, value }: { key: Buffer; value: Buffer }, type: string) => {
      victims.push({ key, type });
      excess.rows--;
      excess.bytes -= key.length + value.length;
    };
    let looked = 0;
    for (const row of rows.entries({ after: sparedUpTo, limit: CHUNK })) {
      if (!isOver()) return victims;
      looked++;
      sparedUpTo = row.key;
      const event = read(row);
      if (event === undefined || !spare(event)) take(row, event?.type ?? 'damaged');
    }
    if (looked > 0) return victims;
    for (const row of rows.entries({ limit: CHUNK })) {
      if (!isOver()) break;
      take(row, read(row)?.type ?? 'damaged');
    }
    return victims;
  };

  const remove = (victims: readonly Victim[]): Promise<Record<string, number>> =>
    environment.write(() => {
      const gone: Record<string, number> = {};
      const before = dropped();
      let newest = before.newest_seq;
      for (const { key, type } of victims) {
        if (!rows.drop(key)) continue;
        gone[type] = (gone[type] ?? 0) + 1;
        newest = Math.max(newest, sequenceOf(key));
      }
      const by_type = sum(before.by_type, gone);
      meta.put(DROPPED, sealJson({ total: totalOf(by_type), by_type, newest_seq: newest }));
      return gone;
    });

  return {
    trim: async bounds => {
      let gone: Record<string, number> = {};
      for (;;) {
        const old = tooOld(bounds.before);
        const victims = old.length > 0 ? old : tooMany(bounds);
        if (victims === undefined) return gone;
        if (victims.length > 0) gone = sum(gone, await remove(victims));
        else await setImmediate();
      }
    },
    dropped,
  };
}

function sum(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const both = { ...a };
  for (const [type, count] of Object.entries(b)) both[type] = (both[type] ?? 0) + count;
  return both;
}

function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
