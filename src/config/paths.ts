import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartupError } from '../domain/errors.ts';
import type { Config } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder that holds package.json, and beside it `models/` and `config/`; the same for the sources and for what is built of them. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new StartupError('The installation is incomplete: package.json is missing; install again.');
    folder = parent;
  }
  return folder;
}

/** The folder of the store: `stateDir`, $STATE_DIRECTORY, $XDG_STATE_HOME/facegate or ~/.local/state/facegate. */
export function stateDir(config: Pick<Config, 'stateDir'>, env: Environment): string {
  return (
    config.stateDir ||
    firstFolder(env.STATE_DIRECTORY) ||
    join(env.XDG_STATE_HOME || join(home(env), '.local', 'state'), 'facegate')
  );
}

/** The folder of the prepared models: `models.dir`, or `models` in $CACHE_DIRECTORY, $XDG_CACHE_HOME/facegate or ~/.cache/facegate. */
export function modelsDir(config: Pick<Config, 'models'>, env: Environment): string {
  if (config.models.dir) return config.models.dir;
  const cache =
    firstFolder(env.CACHE_DIRECTORY) || join(env.XDG_CACHE_HOME || join(home(env), '.cache'), 'facegate');
  return join(cache, 'models');
}

/** The model catalog: `models.catalog`, or the one that ships in the package. */
export function catalogFile(config: Pick<Config, 'models'>): string {
  return config.models.catalog || join(packageRoot(), 'models', 'catalog.json');
}

/** systemd separates several folders of one kind by ":". */
function firstFolder(list: string | undefined): string | undefined {
  return list?.split(':')[0];
}

function home(env: Environment): string {
  return env.HOME || homedir();
}
