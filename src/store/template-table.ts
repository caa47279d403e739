import type { Template } from '../domain/person.ts';
import type { Environment } from './environment.ts';
import { idKey, ownedKey, ownedRange } from './key.ts';
import { openTemplate, sealTemplate } from './template-record.ts';

/** What may be read of the templates. */
export interface TemplateReader {
  /** Every template of every customer, each person's together. */
  all(): Iterable<Template>;
  /** Those of one person. */
  of(personId: string): Template[];
}

/** The table of templates; writes only inside a transaction. */
export interface TemplateTable extends TemplateReader {
  idsOf(personId: string): string[];
  put(template: Template): void;
  remove(personId: string, id: string): void;
  removeOf(personId: string): void;
}

/** Table `templates`: person id, 0, template id -> sealed template. */
export function openTemplateTable(environment: Environment): TemplateTable {
  const templates = environment.table('templates');
  return {
    *all() {
      for (const { key, value } of templates.entries()) yield openTemplate(value, idsOfKey(key));
    },
    of: personId =>
      [...templates.entries(ownedRange(personId))].map(({ key, value }) =>
        openTemplate(value, idsOfKey(key)),
      ),
    idsOf: personId => [...templates.keys(ownedRange(personId))].map(key => idsOfKey(key).id),
    put: template => templates.put(ownedKey(template.personId, idKey(template.id)), sealTemplate(template)),
    remove: (personId, id) => templates.remove(ownedKey(personId, idKey(id))),
    removeOf: personId => {
      for (const key of [...templates.keys(ownedRange(personId))]) templates.remove(key);
    },
  };
}

function idsOfKey(key: Buffer): { personId: string; id: string } {
  const separator = key.indexOf(0);
  return { personId: key.toString('utf8', 0, separator), id: key.toString('utf8', separator + 1) };
}
