import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiBackup, ApiBackups } from '../api/backups.ts';
import { FacegateError, StartupError } from '../domain/errors.ts';
import type { Logger } from '../platform/logger.ts';
import type { Resource } from '../platform/resources.ts';
import { BACKUP_FILES, type BackupManifest, readManifest } from '../store/backup/backup-manifest.ts';
import { makeBackup } from '../store/backup/backup-set.ts';
import type { MasterKeySource } from '../store/keys/master-key.ts';
import type { Store } from '../store/store.ts';

/** Older ones go: they hold persons who were deleted since, and every caller could fill the disk. */
const KEPT = 7;
const NAME = /^facegate-\d{8}T\d{9}Z$/;

/** Backups in the folder `backups` beside the store of `dir`; it may be a mount or a link to another disk. Closing waits for one that is being made. */
export function openBackups(parts: {
  store: Store;
  dir: string;
  key: MasterKeySource;
  log: Logger;
  now?: () => number;
}): ApiBackups & Resource {
  const { store, dir, key, log, now = Date.now } = parts;
  const folder = join(dir, 'backups');
  let making: Promise<unknown> | undefined;

  const names = (): string[] => {
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter(name => NAME.test(name))
      .sort()
      .reverse();
  };

  const make = async (by: string): Promise<ApiBackup> => {
    const name = `facegate-${new Date(now()).toISOString().replaceAll(/[-:.]/g, '')}`;
    const manifest = await makeBackup({ store, dir, key, target: join(folder, name), by, now });
    for (const old of names().slice(KEPT)) rmSync(join(folder, old), { recursive: true, force: true });
    const { counts } = manifest;
    log.info(
      { name, persons: counts.persons, templates: counts.templates },
      'A backup was made and read again.',
    );
    return answerOf(name, manifest);
  };

  return {
    make: async by => {
      if (making !== undefined)
        throw new FacegateError('overloaded', 'A backup is being made already; ask again later.');
      const made = make(by);
      making = made.catch(() => undefined);
      return made.finally(() => {
        making = undefined;
      });
    },
    list: () =>
      names().flatMap(name => {
        try {
          return [answerOf(name, readManifest(join(folder, name)))];
        } catch (error) {
          if (error instanceof StartupError) return [];
          throw error;
        }
      }),
    close: async () => {
      await making;
    },
  };
}

function answerOf(name: string, { created_at: createdAt, key_id: keyId, files }: BackupManifest): ApiBackup {
  const bytes = BACKUP_FILES.reduce((sum, file) => sum + files[file].bytes, 0);
  return { name, createdAt, bytes, keyId };
}
