import type { PersonSeen } from '../../domain/event.ts';
import type { Act } from '../audit/audit-chain.ts';
import type { AuditTable } from '../audit/audit-table.ts';
import type { PersonTable } from './person-table.ts';
import type { VisitTable } from './visit-table.ts';

/** Writes down what was done, and when a person was last seen; only inside a transaction. */
export interface Journal {
  note(act: Act): void;
  /** The same for a camera that has recognized a person. */
  sighted(event: PersonSeen): void;
}

/** A journal over the audit log and the visits. */
export function createJournal(tables: {
  audit: Pick<AuditTable, 'append'>;
  persons: Pick<PersonTable, 'find' | 'owner'>;
  visits: Pick<VisitTable, 'see'>;
}): Journal {
  const { audit, persons, visits } = tables;

  const note = (act: Act): void => {
    audit.append(act);
    if (act.act !== 'match' || act.customerId === undefined) return;
    for (const id of act.customerPersonIds ?? []) {
      const person = persons.find(act.customerId, id);
      const owner = person && persons.owner(person.id);
      if (owner) visits.see(owner, act.at);
    }
  };

  return {
    note,
    sighted: ({ camera, customer, captured_at, person }) =>
      note({
        at: Date.parse(captured_at),
        act: 'match',
        by: `camera:${camera}`,
        customerId: customer,
        customerPersonIds: [person.customer_person_id],
      }),
  };
}
