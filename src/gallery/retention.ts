import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { FacegateError } from '../domain/errors.ts';
import type { Person } from '../domain/person.ts';
import type { Logger } from '../platform/logger.ts';
import type { Gallery } from './gallery.ts';
import type { Consent } from './gallery-store.ts';

/** How long what is kept may be kept; 0 days is for ever. */
export interface RetentionPolicy {
  /** Days since a person was last seen, enrolled or changed. */
  readonly retentionDays: number;
  /** Days that an entry of the audit log is kept. */
  readonly auditDays: number;
  /** Days that an event is kept. */
  readonly eventDays: number;
  /** Days that the face crop of an event is kept; never longer than the event. */
  readonly snapshotDays: number;
}

/** What the purge needs of the store. */
export interface RetentionStore {
  readonly persons: {
    some(options: { after?: Buffer; limit: number }): { persons: Person[]; next?: Buffer };
  };
  readonly visits: {
    lastSeen(personId: string): number | undefined;
    consent(personId: string): Consent | undefined;
  };
  readonly audit: { prune(before: number): Promise<number> };
  readonly history: { prune(before: number): Promise<number> };
  readonly snapshots: { prune(before: number): Promise<number> };
  readonly tokens: { prune(before: number): Promise<number> };
}

/** What one purge did. */
export interface PurgeReport {
  readonly looked: number;
  /** Persons erased because nobody saw them for too long, or because their consent has expired. */
  readonly unseen: number;
  readonly expired: number;
  readonly auditEntries: number;
  readonly events: number;
  /** Face crops, also of those events. */
  readonly snapshots: number;
  /** Tokens that ended long ago. */
  readonly tokens: number;
}

/** Erases whoever may not be kept any longer. */
export interface Retention {
  /** Once; throws `internal` where the clock may be wrong. */
  purge(): Promise<PurgeReport>;
  /** At once and every 24 hours, until aborted; what goes wrong is logged and tried again after an hour. */
  run(signal: AbortSignal): Promise<void>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How long a token that has ended is still listed. */
const TOKEN_DAYS = 90;
/** Persons looked at in one turn of the event loop: some milliseconds. */
const PAGE = 100;

/** The purge under a policy. Times are milliseconds since the epoch. */
export function createRetention(options: {
  policy: RetentionPolicy;
  store: RetentionStore;
  gallery: Pick<Gallery, 'remove'>;
  /** Why nothing may be thrown away for its age now; undefined where it may. */
  reasonToKeep: () => string | undefined;
  log: Logger;
  now?: () => number;
}): Retention {
  const { policy, store, gallery, reasonToKeep, log, now = Date.now } = options;
  const { retentionDays, auditDays, eventDays, snapshotDays } = policy;

  const reasonToErase = ({ id, updatedAt }: Person, at: number): 'unseen' | 'expired' | undefined => {
    const { expiresAt } = store.visits.consent(id) ?? {};
    if (expiresAt !== undefined && expiresAt <= at) return 'expired';
    if (retentionDays === 0) return undefined;
    const last = Math.max(updatedAt, store.visits.lastSeen(id) ?? 0);
    return at - last > retentionDays * DAY_MS ? 'unseen' : undefined;
  };

  const erase = async ({ customerId, customerPersonId, id: personId }: Person): Promise<boolean> => {
    try {
      await gallery.remove(customerId, customerPersonId, { personId, by: 'system:retention' });
      return true;
    } catch (error) {
      // Deleted in the meantime.
      if (error instanceof FacegateError && error.code === 'person_not_found') return false;
      throw error;
    }
  };

  const purge = async (): Promise<PurgeReport> => {
    const at = now();
    const reason = reasonToKeep();
    if (reason !== undefined) throw new FacegateError('internal', reason);
    const report = { looked: 0, unseen: 0, expired: 0, auditEntries: 0, events: 0, snapshots: 0, tokens: 0 };
    for (let after: Buffer | undefined, more = true; more; ) {
      const { persons, next } = store.persons.some({ ...(after && { after }), limit: PAGE });
      for (const person of persons) {
        report.looked++;
        const reason = reasonToErase(person, at);
        if (reason && (await erase(person))) report[reason]++;
      }
      await setImmediate();
      after = next;
      more = next !== undefined;
    }
    if (auditDays > 0) report.auditEntries = await store.audit.prune(at - auditDays * DAY_MS);
    const cropDays = eventDays > 0 ? Math.min(snapshotDays, eventDays) : snapshotDays;
    if (cropDays > 0) report.snapshots = await store.snapshots.prune(at - cropDays * DAY_MS);
    if (eventDays > 0) report.events = await store.history.prune(at - eventDays * DAY_MS);
    report.tokens = await store.tokens.prune(at - TOKEN_DAYS * DAY_MS);
    return report;
  };

  return {
    purge,
    run: async signal => {
      while (!signal.aborted) {
        let pauseMs = DAY_MS;
        try {
          log.info(await purge(), 'What may not be kept any longer was erased.');
        } catch (error) {
          pauseMs = HOUR_MS;
          log.error({ err: error }, 'The erasing of what may not be kept any longer failed.');
        }
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
