import { StartupError } from '../domain/errors.ts';
import type { Person } from '../domain/person.ts';
import type { GalleryStore } from './gallery-store.ts';
import type { TemplateIndex } from './template-index.ts';

/** Fills the index with every template of the store; throws `StartupError` where a record is damaged or a person or template is missing. */
export function loadIndex(store: GalleryStore, index: TemplateIndex): void {
  try {
    const missing = new Map<string, Person>();
    for (const person of store.persons.all())
      for (const { templateId } of person.images) missing.set(templateId, person);
    for (const template of store.templates.all()) {
      const person = missing.get(template.id);
      if (person?.id !== template.personId) throw new Error(`template ${template.id} belongs to nobody`);
      index.add(person, template);
      missing.delete(template.id);
    }
    const [lost] = missing.keys();
    if (lost !== undefined) throw new Error(`template ${lost} is missing`);
  } catch (cause) {
    throw new StartupError(
      `The gallery in the store is damaged (${(cause as Error).message}): restore a backup.`,
      { cause },
    );
  }
}
