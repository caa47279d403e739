import { FacegateError } from '../../domain/errors.ts';
import type { Template } from '../../domain/person.ts';
import { REF_BYTES, type Secrets } from '../keys/secrets.ts';
import type { Environment } from '../lmdb/environment.ts';
import { openAll } from '../records/damage.ts';
import { ownedKey, ownedRange } from '../records/key.ts';
import type { Owner } from '../records/person-record.ts';
import { createTemplateRecords, TEMPLATES, templateOf } from '../records/template-record.ts';
import type { PersonTable } from './person-table.ts';

/** What may be read of the templates. */
export interface TemplateReader {
  /** Every template of every customer, each person's together. Throws `internal` at the end where some could not be read. */
  all(): Iterable<Template>;
  /** Those of one person. */
  of(personId: string): Template[];
}

/** The table of templates; writes only inside a transaction. */
export interface TemplateTable extends TemplateReader {
  /** Which of the ids are those of templates of the owner, and how many the owner has in all. */
  known(ref: Buffer, ids: readonly string[]): { ids: string[]; count: number };
  put(owner: Owner, template: Template): void;
  remove(owner: Owner, id: string): void;
  removeOf(ref: Buffer): void;
}

/** Table `templates`: references of person and template -> sealed template. */
export function openTemplateTable(
  environment: Environment,
  secrets: Secrets,
  persons: Pick<PersonTable, 'owner'>,
): TemplateTable {
  const templates = environment.table(TEMPLATES);
  const records = createTemplateRecords();
  const open = (owner: Owner, key: Buffer, value: Buffer) => templateOf(records.open(owner, key, value));
  const keyOf = (ref: Buffer, id: string) => ownedKey(ref, secrets.templateRef(id));

  return {
    all: () => {
      let owner: Owner | undefined;
      return openAll(TEMPLATES, templates.entries(), ({ key, value }) => {
        const ref = key.subarray(0, REF_BYTES);
        if (!owner?.ref.equals(ref)) owner = ownerOf(persons, ref);
        return open(owner, key, value);
      });
    },
    of: personId => {
      const owner = persons.owner(personId);
      if (!owner) return [];
      return [...templates.entries(ownedRange(owner.ref))].map(({ key, value }) => open(owner, key, value));
    },
    known: (ref, ids) => ({
      ids: ids.filter(id => templates.has(keyOf(ref, id))),
      count: templates.countKeys(ownedRange(ref)),
    }),
    put: (owner, template) => {
      const key = keyOf(owner.ref, template.id);
      templates.put(key, records.seal(owner, key, template));
    },
    remove: (owner, id) => templates.remove(keyOf(owner.ref, id)),
    removeOf: ref => {
      for (const key of [...templates.keys(ownedRange(ref))]) templates.remove(key);
    },
  };
}

function ownerOf(persons: Pick<PersonTable, 'owner'>, ref: Buffer): Owner {
  const owner = persons.owner(ref);
  if (owner) return owner;
  throw new FacegateError('internal', 'A template belongs to nobody; restore a backup.');
}
