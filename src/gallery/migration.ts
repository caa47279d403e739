import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, FacegateError } from '../domain/errors.ts';
import type { Person, Template } from '../domain/person.ts';
import type { Logger } from '../platform/logger.ts';
import type { NewTemplate, Replacement } from './enrollment.ts';
import type { Gallery } from './gallery.ts';

/** How far the templates of a customer have come to the present embedder. */
export interface MigrationProgress {
  readonly state: 'idle' | 'running' | 'done' | 'failed';
  /** Why it failed; it goes on where it stopped when it is started again. */
  readonly reason?: string;
  /** Persons looked at so far in this run, of all. */
  readonly persons: { readonly done: number; readonly total: number };
  readonly templates: {
    /** Made anew from their images. */
    readonly migrated: number;
    /** Left as they are: the image was not kept, cannot be opened or analysed, or shows no face that may be enrolled. */
    readonly notKept: number;
    readonly unreadable: number;
    readonly refused: number;
  };
  /** Persons without any template of the present embedder. */
  readonly needsEnrollment: number;
}

/** Makes the templates of a customer's persons anew from kept images, after a change of the embedder. */
export interface GalleryMigration {
  /** Begins, or goes on where it stopped; does nothing while it runs. Customers are served one after another. */
  start(customerId: string): MigrationProgress;
  status(customerId: string): MigrationProgress;
  /** Stops after the person at hand. */
  close(): Promise<void>;
}

/** What the migration needs of the store. */
export interface MigrationStore {
  readonly persons: {
    list(
      customerId: string,
      options: { after?: string; limit: number },
    ): { persons: Person[]; next?: string };
    count(customerId: string): number;
  };
  readonly templates: { of(personId: string): Template[] };
  readonly images: { get(personId: string, templateId: string): Uint8Array | undefined };
}

const PAGE = 100;
const TRIES = 20;
const BUSY: readonly ErrorCode[] = ['overloaded', 'not_ready'];
const REFUSED: readonly ErrorCode[] = [
  'no_face',
  'low_quality',
  'image_undecodable',
  'unsupported_media',
  'too_large',
];

const NOT_STARTED: MigrationProgress = {
  state: 'idle',
  persons: { done: 0, total: 0 },
  templates: { migrated: 0, notKept: 0, unreadable: 0, refused: 0 },
  needsEnrollment: 0,
};

/** The migration to embedder `embedderId`; `describe` makes a template of an image's bytes as an enrollment would. `retryMs` is the wait while the engine is busy. */
export function createGalleryMigration(options: {
  store: MigrationStore;
  gallery: Pick<Gallery, 'replaceTemplates' | 'needingEnrollment'>;
  embedderId: string;
  describe: (bytes: Uint8Array) => Promise<NewTemplate>;
  log: Logger;
  retryMs?: number;
}): GalleryMigration {
  const { store, gallery, embedderId, describe, log, retryMs = 1000 } = options;
  const progress = new Map<string, Writable>();
  const stop = new AbortController();
  let last = Promise.resolve();

  const run = async (customerId: string, now: Writable): Promise<void> => {
    try {
      let page = store.persons.list(customerId, { limit: PAGE });
      for (;;) {
        for (const person of page.persons) {
          stop.signal.throwIfAborted();
          await migrate(person, now.templates);
          now.persons.done++;
        }
        if (page.next === undefined) break;
        page = store.persons.list(customerId, { after: page.next, limit: PAGE });
      }
      now.state = 'done';
      log.info({ ...now.templates, persons: now.persons.done }, 'The gallery was migrated.');
    } catch (error) {
      now.state = 'failed';
      now.reason = stop.signal.aborted
        ? 'The daemon stopped; start the migration again to go on.'
        : 'Something went wrong inside the service; its log has the cause. Start it again to go on.';
      if (!stop.signal.aborted) log.error({ err: error }, 'The migration of a gallery stopped.');
    }
  };

  /** All new templates of a person are written together; until then the old ones stay. */
  const migrate = async (person: Person, counts: Writable['templates']): Promise<void> => {
    const replacements: Replacement[] = [];
    for (const { id: oldId, embedding } of store.templates.of(person.id)) {
      if (embedding.modelId === embedderId) continue;
      const bytes = imageOf(person.id, oldId, counts);
      const template = bytes && (await made(bytes, counts));
      if (template) replacements.push({ oldId, template });
    }
    if (replacements.length === 0) return;
    try {
      await gallery.replaceTemplates(person, replacements);
      counts.migrated += replacements.length;
    } catch (error) {
      // Deleted in the meantime: nothing of theirs is left to migrate.
      if (!hasCode(error, ['person_not_found'])) throw error;
    }
  };

  const imageOf = (personId: string, templateId: string, counts: Writable['templates']) => {
    try {
      const bytes = store.images.get(personId, templateId);
      if (bytes === undefined) counts.notKept++;
      return bytes;
    } catch (error) {
      if (!hasCode(error, ['internal'])) throw error;
      counts.unreadable++;
      return undefined;
    }
  };

  const made = async (bytes: Uint8Array, counts: Writable['templates']): Promise<NewTemplate | undefined> => {
    for (let tries = 1; ; tries++) {
      try {
        return await describe(bytes);
      } catch (error) {
        if (hasCode(error, REFUSED)) {
          counts.refused++;
          return undefined;
        }
        if (hasCode(error, ['internal'])) {
          // One image that the models cannot take must not end the run, and every later one.
          log.warn({ err: error }, 'A kept image could not be analysed.');
          counts.unreadable++;
          return undefined;
        }
        if (!hasCode(error, BUSY) || tries === TRIES) throw error;
        await sleep(retryMs, undefined, { signal: stop.signal });
      }
    }
  };

  const status = (customerId: string): MigrationProgress => {
    const found = progress.get(customerId) ?? NOT_STARTED;
    return structuredClone({ ...found, needsEnrollment: gallery.needingEnrollment(customerId) });
  };

  return {
    start(customerId) {
      if (progress.get(customerId)?.state !== 'running' && !stop.signal.aborted) {
        const fresh: Writable = { ...structuredClone(NOT_STARTED), state: 'running' };
        fresh.persons.total = store.persons.count(customerId);
        progress.set(customerId, fresh);
        last = last.then(() => run(customerId, fresh));
      }
      return status(customerId);
    },
    status,
    async close() {
      stop.abort();
      await last;
    },
  };
}

interface Writable {
  state: MigrationProgress['state'];
  reason?: string;
  persons: { done: number; total: number };
  templates: { migrated: number; notKept: number; unreadable: number; refused: number };
}

function hasCode(error: unknown, codes: readonly ErrorCode[]): boolean {
  return error instanceof FacegateError && codes.includes(error.code);
}
