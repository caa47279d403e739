import { createHash } from 'node:crypto';

/** What may stand in the audit log. */
export type ActName =
  | 'store.create'
  | 'store.backup'
  | 'store.restore'
  | 'person.enroll'
  | 'person.update'
  | 'person.reembed'
  | 'person.delete'
  | 'person.export'
  | 'match'
  | 'token.create'
  | 'token.rotate'
  | 'token.revoke'
  | 'key.rotate'
  | 'gallery.migrate'
  | 'gallery.audit'
  | 'audit.read'
  | 'camera.view'
  | 'door.test'
  | 'event.export'
  | 'snapshot.view'
  | 'webhook.forget'
  | 'clock.confirm'
  | 'audit.gap';

/** Something that was done, before it has its place in the chain. */
export interface Act {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly act: ActName;
  readonly by: string;
  readonly customerId?: string;
  /** The customer's own ids; only pseudonyms of them are written. */
  readonly customerPersonIds?: readonly string[];
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** An act as it is written down: persons by a pseudonym, never a vector, an image or a token. */
export interface AuditEntry {
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly act: ActName;
  /** Who did it: `token:<first digits of its hash>`, `camera:<id>`, `cli` or `system:<part>`. */
  readonly by: string;
  readonly customer?: string;
  /** Pseudonyms of 32 hex digits. */
  readonly persons?: readonly string[];
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  /** Hash of the entry before; 64 hex digits. */
  readonly prev: string;
}

/** A place in the chain: the number of an entry and its hash. */
export interface ChainLink {
  readonly seq: number;
  /** 64 hex digits. */
  readonly hash: string;
}

/** What stands before the first entry. */
export const ORIGIN: ChainLink = { seq: 0, hash: '0'.repeat(64) };

/** The entry that writes `act` down behind `before`; `pseudonym` stands for a customer's own id of a person. */
export function entryAfter(
  before: ChainLink,
  { at, act, by, customerId, customerPersonIds, details }: Act,
  pseudonym: (customerId: string, customerPersonId: string) => string,
): AuditEntry {
  return {
    seq: before.seq + 1,
    at: new Date(at).toISOString(),
    act,
    by,
    ...(customerId !== undefined && { customer: customerId }),
    ...(customerId !== undefined &&
      customerPersonIds && { persons: customerPersonIds.map(id => pseudonym(customerId, id)) }),
    ...(details && { details }),
    prev: before.hash,
  };
}

/** The one way to write an entry down: JSON with its fields in this order. */
export function canonical({ seq, at, act, by, customer, persons, details, prev }: AuditEntry): string {
  return JSON.stringify({ seq, at, act, by, customer, persons, details, prev });
}

/** SHA-256 over the canonical form, 64 hex digits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** The link of `text` where it follows `before`, else what is wrong with it. */
export function follow(before: ChainLink, text: string): ChainLink | { readonly problem: string } {
  let entry: AuditEntry;
  try {
    entry = JSON.parse(text) as AuditEntry;
  } catch {
    return { problem: `the entry after ${before.seq} cannot be read` };
  }
  if (entry.seq !== before.seq + 1) return { problem: `entry ${before.seq + 1} is missing` };
  if (entry.prev !== before.hash) return { problem: `entry ${before.seq} or ${entry.seq} was changed` };
  return { seq: entry.seq, hash: hashOf(text) };
}
