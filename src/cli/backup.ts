import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { stateDir } from '../config/paths.ts';
import { storeKey } from '../config/store-key.ts';
import { FacegateError, StartupError } from '../domain/errors.ts';
import type { BackupManifest } from '../store/backup/backup-manifest.ts';
import { makeBackup } from '../store/backup/backup-set.ts';
import { folderBeside, isArchive, packBackup } from './backup-archive.ts';
import { createProgressLine } from './progress-line.ts';
import { readConfig } from './settings.ts';
import { withStore } from './store-access.ts';
import type { Terminal } from './terminal.ts';

/** `facegate backup`: copies the store while a daemon uses it, and checks the copy. */
export function addBackupCommand(program: Command, terminal: Terminal): void {
  program
    .command('backup <path>')
    .description('copy the store into a new folder, or a file that ends with .tar, also while a daemon runs')
    .option('--json', 'one JSON document instead of text')
    .addHelpText(
      'after',
      `
The key of the store is not part of the backup: keep <stateDir>/store.key, or the credential, somewhere else. Without it a
backup cannot be read. A new key (facegate key rotate) opens no older backup: keep the old key as long as those.

A backup still holds whoever is deleted later. Keep backups no longer than needed.

Example:
  facegate backup /mnt/usb/facegate-$(date +%F).tar`,
    )
    .action(async (path: string, { json }: { json?: boolean }, command: Command) => {
      const { config } = await readConfig(command, terminal);
      const dir = stateDir(config, terminal.env);
      // Opening it would make an empty one.
      if (!existsSync(join(dir, 'data.mdb'))) throw new StartupError(`There is no store in ${dir}.`);
      const key = storeKey(dir, terminal.env);
      const line = createProgressLine(terminal, Date.now);
      const onPersons = (persons: number) => line.show(() => `${persons} persons of the copy read again`);
      const manifest = await withStore(command, terminal, store =>
        intoPath(path, target => makeBackup({ store, dir, key, target, by: 'cli', onPersons })),
      );
      line.clear();
      terminal.print(json ? JSON.stringify(manifest) : summary(path, manifest));
    });
}

async function intoPath(
  path: string,
  make: (target: string) => Promise<BackupManifest>,
): Promise<BackupManifest> {
  if (!isArchive(path)) return make(path);
  if (existsSync(path))
    throw new FacegateError('invalid_request', `${path} is there already; name a new file for the backup.`);
  const folder = folderBeside(path);
  try {
    const manifest = await make(folder);
    await packBackup(folder, resolve(path));
    return manifest;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function summary(path: string, { counts, key_id }: BackupManifest): string {
  const { persons, templates, audit } = counts;
  return `${path}: ${persons} persons with ${templates} images, audit log up to entry ${audit.seq}; every record was read again. It takes the key ${key_id}, which is not in it.`;
}
