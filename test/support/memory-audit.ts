import {
  type Act,
  type AuditEntry,
  canonical,
  entryAfter,
  hashOf,
  ORIGIN,
} from '../../src/store/audit/audit-chain.ts';
import { deriveSecrets } from '../../src/store/keys/secrets.ts';
import type { Store } from '../../src/store/store.ts';

/** The secrets of a store in memory, the same for all. */
export const MEMORY_SECRETS = deriveSecrets(Buffer.alloc(32, 7));

/** An audit log without a disk. */
export function createMemoryAudit(): Store['audit'] & { note(act: Act): void } {
  const entries: (AuditEntry & { hash: string })[] = [];
  const head = () => entries.at(-1) ?? ORIGIN;
  const note = (act: Act): void => {
    const entry = entryAfter(head(), act, MEMORY_SECRETS.pseudonym);
    entries.push({ ...entry, hash: hashOf(canonical(entry)) });
  };
  return {
    note,
    record: async acts => {
      for (const act of acts) note(act);
    },
    page: ({ customerId, after, limit }) => {
      const rest = entries.filter(
        ({ seq, customer }) => seq > after && (customer === undefined || customer === customerId),
      );
      const page = rest.slice(0, limit);
      return rest.length > limit ? { entries: page, next: page.at(-1)!.seq } : { entries: page };
    },
    verify: async () => {
      const { seq, hash } = head();
      return { intact: true, entries: entries.length, head: { seq, hash } };
    },
    prune: async () => 0,
  };
}
