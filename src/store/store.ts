import { StartupError } from '../domain/errors.ts';
import type { Logger } from '../platform/logger.ts';
import { type ChangeLog, openChangeLog } from './change-log.ts';
import { type CounterTable, openCounterTable } from './counter-table.ts';
import { type DiskSpace, diskSpace } from './disk-space.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { createImageKey } from './image-key.ts';
import { type ImageReader, openImageTable } from './image-table.ts';
import { type OutboxTable, openOutboxTable } from './outbox-table.ts';
import { openPersonTable, type PersonReader } from './person-table.ts';
import { openTemplateTable, type TemplateReader } from './template-table.ts';
import { openTokenTable, type TokenTable } from './token-table.ts';

/** Everything the daemon keeps: read at once, changed durably. */
export interface Store extends ChangeLog {
  readonly persons: PersonReader;
  readonly templates: TemplateReader;
  readonly images: ImageReader;
  readonly tokens: TokenTable;
  readonly outbox: OutboxTable;
  /** Writes a consistent copy into the folder `dir`, while the store is in use. */
  backup(dir: string): Promise<void>;
  close(): Promise<void>;
}

/** Version of the tables' layout that this program reads and writes. */
export const SCHEMA_VERSION = 1;

/**
 * Opens (or makes) the store in the folder `dir`. Throws `StartupError` where it is damaged, cannot be used or
 * was written by a newer version. After `onFatal` the process must end at once: what is on disk is intact, but
 * lmdb's memory may not be. `space` tells the free bytes of the disk of `dir`. `imageKey` (64 hex digits) seals kept images;
 * without it the key is in the file `image.key` in `dir`, made when the first image is kept.
 */
export async function openStore(options: {
  dir: string;
  log: Logger;
  onFatal: (error: Error) => void;
  space?: (dir: string) => DiskSpace;
  imageKey?: string;
}): Promise<Store> {
  const imageKey = createImageKey(options.dir, options.imageKey);
  const environment = openEnvironment({ space: diskSpace, ...options });
  const counters = openCounterTable(environment);
  try {
    await adoptSchema(environment, counters, options.dir);
  } catch (error) {
    await environment.close();
    throw error;
  }

  const persons = openPersonTable(environment);
  const templates = openTemplateTable(environment);
  const images = openImageTable(environment, imageKey);
  const outbox = openOutboxTable(environment, counters, persons);
  const { apply } = openChangeLog(environment, { counters, persons, templates, images, outbox });
  return {
    persons,
    templates,
    images,
    tokens: openTokenTable(environment),
    outbox,
    apply,
    backup: environment.backup,
    close: environment.close,
  };
}

async function adoptSchema(environment: Environment, counters: CounterTable, dir: string): Promise<void> {
  const version = counters.get('schema');
  if (version > SCHEMA_VERSION)
    throw new StartupError(
      `The store in ${dir} was written by a newer facegate (schema ${version}, this one knows ${SCHEMA_VERSION}); install that version again or restore an older backup.`,
    );
  if (version < SCHEMA_VERSION) await environment.write(() => counters.set('schema', SCHEMA_VERSION));
}
