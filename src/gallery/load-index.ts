import { StartupError } from '../domain/errors.ts';
import type { GalleryStore } from './gallery-store.ts';
import type { TemplateIndex } from './template-index.ts';

/** Fills the index with every template of the store; rejects with `StartupError` where a record is damaged or a person or template is missing. */
export async function loadIndex(
  store: Pick<GalleryStore, 'everyone'>,
  index: Pick<TemplateIndex, 'add'>,
): Promise<void> {
  try {
    await store.everyone((person, templates) => {
      for (const template of templates) index.add(person, template);
    });
  } catch (cause) {
    throw new StartupError(
      `The gallery in the store is damaged (${(cause as Error).message}): restore a backup.`,
      { cause },
    );
  }
}
