import type { Command } from 'commander';
import { modelsDir } from '../config/paths.ts';
import { type InstallProgress, installModels } from '../engine/models/install.ts';
import { isInstalled, verifyModels } from '../engine/models/verify.ts';
import { readCatalog, readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** `facegate models install|list|verify`: the model files of the catalog. */
export function addModelsCommand(program: Command, terminal: Terminal): void {
  const models = program.command('models').description('fetch, prepare, list and verify the face models');

  models
    .command('install')
    .description('fetch the models that the configuration names, check and prepare them')
    .option('--from <file>', 'the npm package as a .tgz file, for sites without network')
    .option('--all', 'every model of the catalog')
    .addHelpText(
      'after',
      '\nExamples:\n  facegate models install\n  facegate models install --from faceplugin-face-recognition-js-0.0.1.tgz',
    )
    .action(async (options: { from?: string; all?: boolean }, command: Command) => {
      const { catalog, dir, ids } = await locate(command, terminal);
      await installModels({
        catalog,
        ids: options.all ? catalog.models.map(({ id }) => id) : ids,
        dir,
        ...(options.from ? { from: options.from } : {}),
        onProgress: progress => terminal.note(progressLine(progress)),
      });
    });

  models
    .command('list')
    .description('list the catalog with licence, provenance and what is installed')
    .option('--json', 'one JSON line per model')
    .addHelpText('after', '\nExample:\n  facegate models list --json')
    .action(async (options: { json?: boolean }, command: Command) => {
      const { catalog, dir } = await locate(command, terminal);
      for (const entry of catalog.models) {
        const { id, version, task, family, licence, provenance } = entry;
        const installed = await isInstalled(entry, dir);
        const row = { id, version, task, family, licence, provenance, installed };
        terminal.print(
          options.json
            ? JSON.stringify(row)
            : [
                `${id}@${version}`,
                task,
                family,
                installed ? 'installed' : 'not installed',
                `${licence}; ${provenance}`,
              ].join('\t'),
        );
      }
    });

  models
    .command('verify')
    .description('check the installed files against the hashes of the catalog')
    .addHelpText('after', '\nExample:\n  facegate --config /etc/facegate/facegate.yaml models verify')
    .action(async (_options: object, command: Command) => {
      const { catalog, dir, ids } = await locate(command, terminal);
      await verifyModels({ entries: catalog.models.filter(({ id }) => ids.includes(id)), dir });
      terminal.print('The installed models are those of the catalog.');
    });
}

async function locate(command: Command, terminal: Terminal) {
  const loaded = await readConfig(command, terminal);
  const { cameras, models } = loaded.config;
  const wantsLiveness = cameras.some(({ liveness }) => liveness !== 'off');
  return {
    catalog: await readCatalog(loaded),
    dir: modelsDir(loaded.config, terminal.env),
    ids: [models.detector, models.landmarker, models.embedder, ...(wantsLiveness ? [models.liveness] : [])],
  };
}

function progressLine({ id, step }: InstallProgress): string {
  switch (step) {
    case 'present':
      return `${id}: is installed`;
    case 'fetched':
      return `${id}: fetched, preparing ...`;
    case 'installed':
      return `${id}: installed`;
  }
}
