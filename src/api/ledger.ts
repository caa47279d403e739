/** An act for the audit log; persons are named by the customer's own ids, of which only pseudonyms are written. */
export interface LedgerAct {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly act:
    | 'match'
    | 'gallery.migrate'
    | 'gallery.audit'
    | 'audit.read'
    | 'camera.view'
    | 'event.export'
    | 'snapshot.view'
    | 'door.test'
    | 'webhook.forget'
    | 'clock.confirm';
  readonly by: string;
  readonly customerId: string;
  readonly customerPersonIds?: readonly string[];
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** An entry of the audit log as it is stored. */
export interface LedgerEntry {
  readonly seq: number;
  readonly at: string;
  readonly act: string;
  readonly by: string;
  readonly customer?: string;
  readonly persons?: readonly string[];
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  readonly prev: string;
  readonly hash: string;
}

/** A person of a customer. */
export interface LedgerPerson {
  readonly customerId: string;
  readonly customerPersonId: string;
}

/** What the API needs to account for what is done: the audit log, receipts, and the change of the key. */
export interface ApiLedger {
  /** Written a moment later; nobody waits for it. */
  note(act: LedgerAct): void;
  /** Entries of the customer and of the whole node, oldest first. */
  page(options: { customerId: string; after: number; limit: number }): {
    entries: readonly LedgerEntry[];
    next?: number;
  };
  verify(): Promise<{
    readonly intact: boolean;
    readonly problem?: string;
    readonly entries: number;
    readonly head: { readonly seq: number; readonly hash: string };
  }>;
  readonly receipts: {
    issue(person: LedgerPerson, at: number): string;
    verify(
      receipt: string,
      person?: LedgerPerson,
    ): { readonly isGenuine: boolean; readonly problem?: string; readonly erasedAt?: number };
  };
  /** A new master key. Throws invalid_request where it comes from a credential. */
  rotateKey(by: string): Promise<{ keyId: string }>;
}
