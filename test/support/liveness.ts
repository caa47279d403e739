import { loadCatalog, type ModelSet, selectModels } from '../../src/config/catalog.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { installModels } from '../../src/engine/models/install.ts';
import { catalogFile, modelsDir } from './engine.ts';

/** The models of the default configuration and the shipped liveness model, which is installed first if it is not. */
export async function modelsWithLiveness(): Promise<ModelSet> {
  const catalog = await loadCatalog(catalogFile);
  const { models } = ConfigSchema.parse({});
  await installModels({ catalog, ids: [models.liveness], dir: modelsDir() });
  return selectModels(catalog, models, { liveness: true });
}
