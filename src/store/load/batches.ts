import { FacegateError } from '../../domain/errors.ts';
import { REF_BYTES } from '../keys/secrets.ts';
import type { Table } from '../lmdb/table.ts';
import { createDamage, type Damage } from '../records/damage.ts';
import { PERSONS } from '../records/person-record.ts';
import { TEMPLATES } from '../records/template-record.ts';
import type { PersonBatch } from './person-batch.ts';

/** The damage of both tables. */
export interface LoadDamage {
  readonly persons: Damage;
  readonly templates: Damage;
}

/** None yet. */
export function createLoadDamage(): LoadDamage {
  return { persons: createDamage(PERSONS), templates: createDamage(TEMPLATES) };
}

/**
 * All rows of both tables, which are in the order of the persons' references, in one pass. Fills the batch that `free` gives, yields it, and
 * asks for another. Rows of nobody are counted in `damage`.
 */
export function* batchesOf(
  tables: { persons: Pick<Table, 'rows'>; templates: Pick<Table, 'rows'> },
  damage: LoadDamage,
  free: () => PersonBatch,
): Generator<PersonBatch> {
  const templates = tables.templates.rows()[Symbol.iterator]();
  let template = templates.next();
  const ofNobody = (): void => {
    damage.templates.open(refuse('A template belongs to nobody'));
    template = templates.next();
  };
  let batch = free();
  for (const { key: ref, value: record } of tables.persons.rows()) {
    if (ref.length !== REF_BYTES) {
      damage.persons.open(refuse('A person is in the place of nobody'));
      continue;
    }
    if (!batch.addPerson(ref, record)) {
      yield batch;
      batch = free();
      batch.addPerson(ref, record);
    }
    while (!template.done) {
      const { key, value } = template.value;
      const order = ref.compare(key, 0, Math.min(REF_BYTES, key.length));
      if (order < 0) break;
      if (order > 0 || key.length !== 2 * REF_BYTES) ofNobody();
      else {
        batch.addTemplate(key.subarray(REF_BYTES), value);
        template = templates.next();
      }
    }
  }
  while (!template.done) ofNobody();
  if (batch.length > 0) yield batch;
}

function refuse(what: string): () => never {
  return () => {
    throw new FacegateError('internal', `${what}; restore a backup.`);
  };
}
