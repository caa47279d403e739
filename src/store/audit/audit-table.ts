import { setImmediate } from 'node:timers/promises';
import { FacegateError } from '../../domain/errors.ts';
import type { Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { idKey, sequenceKey } from '../records/key.ts';
import { openJson, openRecord, sealJson, sealRecord } from '../records/record.ts';
import {
  type Act,
  type AuditEntry,
  type ChainLink,
  canonical,
  entryAfter,
  follow,
  hashOf,
  ORIGIN,
} from './audit-chain.ts';

/** An entry with its hash. */
export type HashedEntry = AuditEntry & { readonly hash: string };

/** What a check of the whole chain has found. */
export interface AuditVerdict {
  readonly intact: boolean;
  /** What is wrong, where it is not intact. */
  readonly problem?: string;
  /** Entries that were checked. */
  readonly entries: number;
  /** The newest entry: who keeps it elsewhere can tell later whether the log was set back as a whole. */
  readonly head: ChainLink;
}

/** What may be read of the audit log. */
export interface AuditReader {
  /** Oldest first, at most `limit` that follow `after`: those of the customer and of the whole node. `next` goes on, absent at the end. */
  page(options: { customerId: string; after: number; limit: number }): {
    entries: HashedEntry[];
    next?: number;
  };
  /** Checks every entry, and that none is missing at either end. */
  verify(): Promise<AuditVerdict>;
}

/** The audit log; it only grows, but for `prune`. */
export interface AuditTable extends AuditReader {
  /** Inside a transaction. */
  append(act: Act): void;
  /** Drops entries older than `before`, but never the newest; how many they were. */
  prune(before: number): Promise<number>;
}

interface Ends {
  /** The link that the oldest entry follows. */
  readonly from: ChainLink;
  readonly head: ChainLink;
}

const HEAD = idKey('audit_head');
const BATCH = 1000;

/** Table `audit` (seq -> canonical entry), and in `meta` both ends of the chain with a MAC: entries that are missing there would leave no gap. */
export function openAuditTable(environment: Environment, secrets: Secrets): AuditTable {
  const audit = environment.table('audit');
  const meta = environment.table('meta');

  const macOf = ({ from, head }: Ends) =>
    secrets.auditMac([from.seq, from.hash, head.seq, head.hash].join(' ')).toString('hex');

  const putEnds = (ends: Ends) => meta.put(HEAD, sealJson({ ...ends, mac: macOf(ends) }));

  const ends = (): Ends & { mac?: string } => {
    const record = meta.get(HEAD);
    return record ? openJson(record, 'meta') : { from: ORIGIN, head: ORIGIN };
  };

  const endsIfReadable = (): ReturnType<typeof ends> | undefined => {
    try {
      return ends();
    } catch (error) {
      if (error instanceof FacegateError) return undefined;
      throw error;
    }
  };

  const textOf = (value: Buffer) => openRecord(value, 'audit').toString('utf8');

  const verify = async (): Promise<AuditVerdict> => {
    const recorded = endsIfReadable();
    if (!recorded) {
      const problem = 'the record of both ends is damaged';
      return { intact: false, problem, entries: 0, head: ORIGIN };
    }
    const { from, head, mac } = recorded;
    const verdict = (entries: number, problem?: string): AuditVerdict => ({
      intact: problem === undefined,
      ...(problem !== undefined && { problem }),
      entries,
      head,
    });
    if (mac !== macOf({ from, head })) return verdict(0, 'the record of both ends is missing or was changed');
    let last = from;
    while (last.seq < head.seq) {
      const limit = Math.min(BATCH, head.seq - last.seq);
      const rows = [...audit.entries({ after: sequenceKey(last.seq), limit })];
      for (const { value } of rows) {
        const next = follow(last, rawText(value));
        if ('problem' in next) {
          // What was pruned while it was checked is no fault.
          if (ends().from.seq > from.seq) return verify();
          return verdict(last.seq - from.seq, next.problem);
        }
        last = next;
      }
      if (rows.length < limit) return verdict(last.seq - from.seq, `entry ${last.seq + 1} is missing`);
      await setImmediate();
    }
    const checked = last.seq - from.seq;
    if (last.hash !== head.hash) return verdict(checked, `entry ${last.seq} was changed`);
    const [behind] = audit.keys({ after: sequenceKey(head.seq), limit: 1 });
    // Whatever was added properly since has moved the head.
    const isForeign = behind !== undefined && ends().head.seq === head.seq;
    return verdict(checked, isForeign ? `an entry stands behind the last, ${head.seq}` : undefined);
  };

  return {
    append: act => {
      const { from, head } = ends();
      const entry = entryAfter(head, act, secrets.pseudonym);
      const text = canonical(entry);
      audit.put(sequenceKey(entry.seq), sealRecord(Buffer.from(text, 'utf8')));
      putEnds({ from, head: { seq: entry.seq, hash: hashOf(text) } });
    },
    page: ({ customerId, after, limit }) => {
      const entries: HashedEntry[] = [];
      const { from, head } = ends();
      const range = { after: sequenceKey(Math.max(after, from.seq)), end: sequenceKey(head.seq + 1) };
      for (const { value } of audit.entries(range)) {
        const text = textOf(value);
        const entry = JSON.parse(text) as AuditEntry;
        if (entry.customer !== undefined && entry.customer !== customerId) continue;
        if (entries.length === limit) return { entries, next: entries[limit - 1].seq };
        entries.push({ ...entry, hash: hashOf(text) });
      }
      return { entries };
    },
    verify,
    prune: async before => {
      let pruned = 0;
      for (let more = true; more; ) {
        const dropped = await environment.write(() => pruneSome(before));
        pruned += dropped;
        more = dropped === BATCH;
      }
      return pruned;
    },
  };

  function pruneSome(before: number): number {
    const { from, head } = ends();
    let last = from;
    for (const { key, value } of [...audit.entries({ limit: BATCH })]) {
      const text = textOf(value);
      const { seq, at } = JSON.parse(text) as AuditEntry;
      if (Date.parse(at) >= before || seq === head.seq) break;
      audit.remove(key);
      last = { seq, hash: hashOf(text) };
    }
    if (last !== from) putEnds({ from: last, head });
    return last.seq - from.seq;
  }
}

/** Without its checksum: the chain itself tells what was changed. */
function rawText(value: Buffer): string {
  return value.toString('utf8', 4);
}
