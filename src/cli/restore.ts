import { resolve } from 'node:path';
import type { Command } from 'commander';
import { stateDir } from '../config/paths.ts';
import { storeKey } from '../config/store-key.ts';
import { acquireInstanceLock } from '../platform/instance-lock.ts';
import { type RestoreReport, restoreBackup } from '../store/backup/restore.ts';
import { withBackup } from './backup-archive.ts';
import { createProgressLine } from './progress-line.ts';
import { readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

interface RestoreOptions {
  readonly state?: string;
  readonly key?: string;
  readonly newer?: string;
  readonly json?: boolean;
}

/** `facegate restore`: makes a backup the store of a folder that has none. */
export function addRestoreCommand(program: Command, terminal: Terminal): void {
  program
    .command('restore <backup>')
    .description('make a backup the store of a folder that has none')
    .option('--state <dir>', 'folder of the store (default: the one that the configuration names)')
    .option(
      '--key <file>',
      'the key that the backup takes (default: store.key in that folder, or the credential)',
    )
    .option(
      '--newer <path>',
      'a newer store or backup: who was deleted there stays deleted, its tokens count',
    )
    .option('--json', 'one JSON document instead of text')
    .addHelpText(
      'after',
      `
What happened after the backup is unknown to it. Name with --newer whatever is left of the store that you replace, or a later
backup: deletions and tokens are taken from there, also without its key.

Example:
  facegate restore /mnt/usb/facegate-2026-11-24.tar --state /var/lib/facegate --key /root/store.key --newer /var/lib/facegate.broken`,
    )
    .action(async (backup: string, options: RestoreOptions, command: Command) => {
      const { config } = await readConfig(command, terminal);
      const dir = resolve(options.state ?? stateDir(config, terminal.env));
      const key = options.key === undefined ? storeKey(dir, terminal.env) : { file: resolve(options.key) };
      const line = createProgressLine(terminal, Date.now);
      const onPersons = (persons: number) => line.show(() => `${persons} persons of the backup read`);
      const report = await withBackup(backup, from =>
        withNewer(options.newer, async newer => {
          const lock = await acquireInstanceLock(dir);
          try {
            return await restoreBackup({ from, dir, key, onPersons, ...(newer !== undefined && { newer }) });
          } finally {
            await lock.close();
          }
        }),
      );
      line.clear();
      if (options.json) return terminal.print(JSON.stringify({ state: dir, ...report }));
      terminal.print(summary(dir, report));
      terminal.note(unknown(report, options.newer));
    });
}

function withNewer<T>(path: string | undefined, use: (dir?: string) => Promise<T>): Promise<T> {
  return path === undefined ? use() : withBackup(path, use);
}

function summary(dir: string, { manifest, counts, forgotten, dropped }: RestoreReport): string {
  const parts = [
    `${dir}: ${counts.persons} persons with ${counts.templates} images as of ${manifest.created_at}; every record was read`,
    ...(forgotten > 0 ? [`${forgotten} persons who were deleted since were taken out`] : []),
    ...(dropped > 0 ? [`${dropped} events that had not been sent were dropped`] : []),
  ];
  return `${parts.join('; ')}.`;
}

function unknown({ manifest }: RestoreReport, newer: string | undefined): string {
  if (newer !== undefined)
    return `What is newer than ${newer} is unknown here: delete again who was deleted since, and revoke the tokens that were revoked since.`;
  return `What happened after ${manifest.created_at} is unknown here: whoever was deleted since is back until they are deleted again (erasure receipts tell who), and tokens that were revoked since are valid again (see "facegate token list").`;
}
