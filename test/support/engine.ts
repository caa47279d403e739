import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCatalog, type ModelSet, selectModels } from '../../src/config/catalog.ts';
import { ConfigSchema, type EngineConfig } from '../../src/config/schema.ts';
import { qualityLimits } from '../../src/daemon/limits.ts';
import type { QualityLimits } from '../../src/domain/quality.ts';
import { type Engine, openEngine } from '../../src/engine/engine.ts';
import { silentLogger } from '../../src/platform/logger.ts';

// This file runs as source (vitest) and compiled from dist/; the worker is always a compiled file.
const here = new URL('.', import.meta.url);
const root = here.pathname.endsWith('/dist/test/support/')
  ? new URL('../../../', here)
  : new URL('../../', here);

/** Root of the repository. */
export const repositoryRoot: string = fileURLToPath(root);

/** The compiled program of the engine's worker; `npm run build` makes it. */
export const workerFile: URL = new URL('dist/src/engine/worker.js', root);

/** The catalog that ships. */
export const catalogFile: string = join(repositoryRoot, 'models/catalog.json');

/** Where `npm run setup` puts the prepared models. */
export function modelsDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'facegate/models');
}

/** The models of the default configuration. */
export async function shippedModels(): Promise<ModelSet> {
  return selectModels(await loadCatalog(catalogFile), ConfigSchema.parse({}).models);
}

/** The limits of the default configuration with the shipped embedder. */
export async function shippedLimits(use: 'recognition' | 'enrollment'): Promise<QualityLimits> {
  return qualityLimits(ConfigSchema.parse({})[use].quality, (await shippedModels()).embedder, use);
}

/** An engine with the shipped models (or `models` from `dir`) and the default settings but for `config`. */
export async function openTestEngine(
  options: { config?: Partial<EngineConfig>; models?: ModelSet; dir?: string; workerFile?: URL } = {},
): Promise<Engine> {
  return openEngine({
    models: options.models ?? (await shippedModels()),
    dir: options.dir ?? modelsDir(),
    config: { ...ConfigSchema.parse({}).engine, ...options.config },
    log: silentLogger,
    workerFile: options.workerFile ?? workerFile,
  });
}
