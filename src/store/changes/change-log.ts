import { FacegateError } from '../../domain/errors.ts';
import type { Person } from '../../domain/person.ts';
import type { ActName } from '../audit/audit-chain.ts';
import type { PersonKey, PersonKeys } from '../keys/person-keys.ts';
import type { Environment } from '../lmdb/environment.ts';
import { idKey, sequenceKey, sequenceOf } from '../records/key.ts';
import type { CounterTable } from '../tables/counter-table.ts';
import type { ImageTable } from '../tables/image-table.ts';
import type { Journal } from '../tables/journal.ts';
import type { PersonEvents } from '../tables/outbox-table.ts';
import type { PersonTable } from '../tables/person-table.ts';
import type { StayTable } from '../tables/stay-table.ts';
import type { TombstoneTable } from '../tables/tombstone-table.ts';
import type { VisitTable } from '../tables/visit-table.ts';
import {
  assertWhole,
  changedRights,
  type DeletePerson,
  type GalleryChange,
  type PutPerson,
  type ReplaceTemplates,
  withAdded,
  withReplaced,
  withReplacements,
} from './change.ts';

/** Applies changes to the tables, each exactly once and in one transaction. */
export interface ChangeLog {
  /**
   * Durable when resolved; `seq` grows by one per change. A change applied before resolves with its first seq.
   * Throws `person_not_found` for a put or replacement of a person who was deleted, `storage_full`, or `internal` for a change that contradicts itself.
   */
  apply(change: GalleryChange): Promise<{ seq: number }>;
}

/** A change is known again for this many later changes. */
const REMEMBERED = 100_000;

/** Table `operations` (op id -> seq) and `operations_by_seq`. */
export function openChangeLog(
  environment: Environment,
  keys: Pick<PersonKeys, 'take' | 'giveBack' | 'erase'>,
  tables: {
    counters: CounterTable;
    persons: PersonTable;
    images: ImageTable;
    visits: VisitTable;
    stays: Pick<StayTable, 'removeOf'>;
    outbox: PersonEvents;
    history: PersonEvents;
    tombstones: TombstoneTable;
    journal: Journal;
  },
): ChangeLog {
  const { counters, persons, images, visits, stays, outbox, history, tombstones, journal } = tables;
  const operations = environment.table('operations');
  const operationsBySeq = environment.table('operations_by_seq');

  const put = (change: PutPerson, seq: number, fresh: () => PersonKey): Outcome => {
    const { person } = change;
    if (tombstones.has(person.id))
      throw new FacegateError('person_not_found', 'This person was deleted; enroll them anew.');
    const holder = persons.find(person.customerId, person.customerPersonId);
    if (holder && holder.id !== person.id)
      throw new FacegateError('internal', "Another person holds this customer's person id.");
    const stored = persons.read(person.id);
    const before = stored?.person;
    assertWhole(change, before);
    const templates = withAdded(stored?.templates ?? [], change);
    const owner = persons.put({ person, templates }, seq, fresh);
    for (const image of change.keptImages ?? []) images.put(owner, image);
    if (change.consent) visits.putConsent(owner, change.consent);
    const rights = changedRights(before?.access, person.access);
    note(change, before ? 'person.update' : 'person.enroll', person, {
      images: person.images.length,
      ...(before && rights.length > 0 && { rights: rights.join(',') }),
    });
    return { seq, person };
  };

  const replace = (change: ReplaceTemplates, seq: number, fresh: () => PersonKey): Outcome => {
    const before = persons.read(change.personId);
    if (!before) throw new FacegateError('person_not_found', 'This person was deleted; enroll them anew.');
    const person = withReplaced(before.person, change);
    const templates = withReplacements(before.templates, change);
    const owner = persons.put({ person, templates }, seq, fresh);
    for (const { oldId, template } of change.replacements) images.move(owner, oldId, template.id);
    note(change, 'person.reembed', person, { images: change.replacements.length });
    return { seq, person };
  };

  const erase = (change: DeletePerson, seq: number): Outcome => {
    const { personId, at } = change;
    if (tombstones.has(personId)) return { seq };
    const person = persons.get(personId);
    const ref = persons.refOf(personId);
    images.removeOf(ref);
    visits.removeOf(ref);
    stays.removeOf(ref);
    outbox.removeOf(ref);
    history.removeOf(ref);
    tombstones.put(personId, { seq, at });
    if (!person) return { seq };
    const slot = persons.remove(person);
    note(change, 'person.delete', person);
    return { seq, person, slot };
  };

  const note = (
    { at, by = 'system:store' }: GalleryChange,
    act: ActName,
    { customerId, customerPersonId }: Person,
    details?: Record<string, number | string>,
  ): void =>
    journal.note({
      at,
      act,
      by,
      customerId,
      customerPersonIds: [customerPersonId],
      ...(details && { details }),
    });

  const remember = (opId: string, seq: number): void => {
    operations.put(idKey(opId), sequenceKey(seq));
    operationsBySeq.put(sequenceKey(seq), idKey(opId));
    const forgotten = seq - REMEMBERED;
    const oldest = forgotten > 0 ? operationsBySeq.get(sequenceKey(forgotten)) : undefined;
    if (!oldest) return;
    operations.remove(oldest);
    operationsBySeq.remove(sequenceKey(forgotten));
  };

  const change = (it: GalleryChange, fresh: () => PersonKey): Outcome => {
    const applied = operations.get(idKey(it.opId));
    if (applied) return { seq: sequenceOf(applied) };
    const seq = counters.next('change_seq');
    const outcome =
      it.kind === 'delete_person'
        ? erase(it, seq)
        : it.kind === 'put_person'
          ? put(it, seq, fresh)
          : replace(it, seq, fresh);
    remember(it.opId, seq);
    return outcome;
  };

  const erased = async (it: DeletePerson): Promise<{ seq: number }> => {
    const { seq, person, slot } = await environment.write(() => change(it, noKey));
    if (person) persons.committed(person, false);
    // What was read before must not be opened with a key that is gone.
    environment.refresh();
    if (slot !== undefined) await keys.erase(slot);
    return { seq };
  };

  return {
    apply: async it => {
      if (it.kind === 'delete_person') return erased(it);
      // Without a turn of the event loop where a key is ready, so that changes keep the order they come in.
      const taken = keys.take();
      const key = taken instanceof Promise ? await taken : taken;
      let isUsed = false;
      const fresh = () => {
        isUsed = true;
        return key;
      };
      try {
        const { seq, person } = await environment.write(() => change(it, fresh), { needsRoom: true });
        if (person) persons.committed(person, true);
        return { seq };
      } catch (error) {
        // lmdb may have written pages of a transaction that it undid.
        if (isUsed) await keys.erase(key.slot);
        throw error;
      } finally {
        if (!isUsed) keys.giveBack(key);
      }
    },
  };
}

function noKey(): never {
  throw new Error('A deletion needs no key.');
}

interface Outcome {
  readonly seq: number;
  /** Whom it changed. */
  readonly person?: Person;
  /** Whose key is to be erased. */
  readonly slot?: number;
}
