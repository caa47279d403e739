import type { Environment } from '../lmdb/environment.ts';
import type { Owner } from '../records/person-record.ts';
import { createSealing } from '../records/sealed-record.ts';
import type { PersonTable } from './person-table.ts';

/** What a person agreed to; times are milliseconds since the epoch. */
export interface Consent {
  /** The customer's own reference of the signed consent. */
  readonly id: string;
  readonly purpose?: string;
  /** The person is erased when this has passed. */
  readonly expiresAt?: number;
  readonly givenAt: number;
}

/** What decides how long a person may be kept. */
export interface VisitReader {
  /** Milliseconds since the epoch, exact to the hour; undefined for one who was never seen. */
  lastSeen(personId: string): number | undefined;
  consent(personId: string): Consent | undefined;
}

/** The tables of visits and consents; writes only inside a transaction. */
export interface VisitTable extends VisitReader {
  /** Written at most once an hour for a person. */
  see(owner: Owner, at: number): void;
  putConsent(owner: Owner, consent: Consent): void;
  removeOf(ref: Buffer): void;
}

const HOUR_MS = 3_600_000;

/** Tables `visits` (reference -> sealed time) and `consents` (reference -> sealed consent). */
export function openVisitTable(environment: Environment, persons: Pick<PersonTable, 'owner'>): VisitTable {
  const visits = environment.table('visits');
  const consents = environment.table('consents');
  const visitSealing = createSealing('visits');
  const consentSealing = createSealing('consents');

  const lastOf = ({ ref, key }: Owner): number | undefined => {
    const record = visits.get(ref);
    return record && visitSealing.openJson<number>(ref, key, record);
  };

  return {
    lastSeen: personId => {
      const owner = persons.owner(personId);
      return owner && lastOf(owner);
    },
    consent: personId => {
      const owner = persons.owner(personId);
      const record = owner && consents.get(owner.ref);
      return record && consentSealing.openJson<Consent>(owner.ref, owner.key, record);
    },
    see: (owner, at) => {
      if (at - (lastOf(owner) ?? 0) < HOUR_MS) return;
      visits.put(owner.ref, visitSealing.sealJson(owner.ref, owner.key, at));
    },
    putConsent: ({ ref, key }, consent) => consents.put(ref, consentSealing.sealJson(ref, key, consent)),
    removeOf: ref => {
      visits.remove(ref);
      consents.remove(ref);
    },
  };
}
