import type { Command } from 'commander';
import { type Catalog, loadCatalog } from '../config/catalog.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { catalogFile } from '../config/paths.ts';
import type { Terminal } from './terminal.ts';

/** The configuration that a command's `--config` (or $FACEGATE_CONFIG) names, or the defaults. Throws StartupError. */
export async function readConfig(command: Command, terminal: Terminal): Promise<LoadedConfig> {
  const { config: option } = command.optsWithGlobals<{ config?: string }>();
  const file = option ?? terminal.env.FACEGATE_CONFIG;
  return loadConfig({ env: terminal.env, ...(file ? { file } : { text: '' }) });
}

/** The catalog that the configuration names, or the one that ships. Throws StartupError. */
export function readCatalog({ config }: LoadedConfig): Promise<Catalog> {
  return loadCatalog(catalogFile(config));
}
