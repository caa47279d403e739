import { FacegateError } from '../domain/errors.ts';
import {
  assertWhole,
  type DeletePerson,
  type GalleryChange,
  type PutPerson,
  type ReplaceTemplates,
  withReplaced,
} from './change.ts';
import type { CounterTable } from './counter-table.ts';
import type { Environment } from './environment.ts';
import type { ImageTable } from './image-table.ts';
import { idKey, sequenceKey, sequenceOf } from './key.ts';
import type { PersonEvents } from './outbox-table.ts';
import type { PersonTable } from './person-table.ts';
import { sealJson } from './record.ts';
import type { TemplateTable } from './template-table.ts';

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

/** Tables `tombstones` (person id -> seq and time), `operations` (op id -> seq) and `operations_by_seq`. */
export function openChangeLog(
  environment: Environment,
  tables: {
    counters: CounterTable;
    persons: PersonTable;
    templates: TemplateTable;
    images: ImageTable;
    outbox: PersonEvents;
  },
): ChangeLog {
  const { counters, persons, templates, images, outbox } = tables;
  const tombstones = environment.table('tombstones');
  const operations = environment.table('operations');
  const operationsBySeq = environment.table('operations_by_seq');

  const put = (change: PutPerson, seq: number): void => {
    const { person } = change;
    if (tombstones.has(idKey(person.id)))
      throw new FacegateError('person_not_found', 'This person was deleted; enroll them anew.');
    const holder = persons.find(person.customerId, person.customerPersonId);
    if (holder && holder.id !== person.id)
      throw new FacegateError('internal', "Another person holds this customer's person id.");
    const stored = templates.idsOf(person.id);
    assertWhole(change, persons.get(person.id), stored);
    for (const template of change.templates) if (!stored.includes(template.id)) templates.put(template);
    for (const image of change.keptImages ?? []) images.put(person.id, image);
    persons.put(person, seq);
  };

  const replace = (change: ReplaceTemplates, seq: number): void => {
    const before = persons.get(change.personId);
    if (!before) throw new FacegateError('person_not_found', 'This person was deleted; enroll them anew.');
    const person = withReplaced(before, change);
    for (const { oldId, template } of change.replacements) {
      templates.put(template);
      templates.remove(person.id, oldId);
      images.move(person.id, oldId, template.id);
    }
    persons.put(person, seq);
  };

  const erase = ({ personId, at }: DeletePerson, seq: number): void => {
    if (tombstones.has(idKey(personId))) return;
    const person = persons.get(personId);
    if (person) persons.remove(person);
    templates.removeOf(personId);
    images.removeOf(personId);
    outbox.removeOf(personId);
    tombstones.put(idKey(personId), sealJson({ seq, at }));
  };

  const remember = (opId: string, seq: number): void => {
    operations.put(idKey(opId), sequenceKey(seq));
    operationsBySeq.put(sequenceKey(seq), idKey(opId));
    const forgotten = seq - REMEMBERED;
    const oldest = forgotten > 0 ? operationsBySeq.get(sequenceKey(forgotten)) : undefined;
    if (!oldest) return;
    operations.remove(oldest);
    operationsBySeq.remove(sequenceKey(forgotten));
  };

  return {
    apply: change =>
      environment.write(
        () => {
          const applied = operations.get(idKey(change.opId));
          if (applied) return { seq: sequenceOf(applied) };
          const seq = counters.next('change_seq');
          if (change.kind === 'put_person') put(change, seq);
          else if (change.kind === 'replace_templates') replace(change, seq);
          else erase(change, seq);
          remember(change.opId, seq);
          return { seq };
        },
        { needsRoom: change.kind !== 'delete_person' },
      ),
  };
}
