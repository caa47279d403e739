import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalog, selectModels } from '../../src/config/catalog.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { StartupError } from '../../src/domain/errors.ts';
import { catalogFile } from '../support/engine.ts';

type Json = { models: Record<string, unknown>[] };

describe('the model catalog', () => {
  let folder: string;
  let shipped: Json;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-catalog-'));
    shipped = JSON.parse(await readFile(catalogFile, 'utf8')) as Json;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const load = async (json: unknown) => {
    const file = join(folder, 'catalog.json');
    await writeFile(file, typeof json === 'string' ? json : JSON.stringify(json));
    return loadCatalog(file);
  };

  it('that ships pins the prepared file of every model and says where its weights come from', async () => {
    const { models } = await loadCatalog(catalogFile);
    expect(models.filter(({ preparedSha256 }) => preparedSha256 === undefined)).toEqual([]);
    expect(models.filter(({ provenance }) => provenance.length < 10)).toEqual([]);
  });

  it('names the file and the place of what is wrong', async () => {
    shipped.models[0].version = 'one';
    await expect(load(shipped)).rejects.toThrow(/catalog\.json is wrong at models\.0\.version/);
  });

  it('refuses a key that it does not know', async () => {
    shipped.models[1].speling = true;
    await expect(load(shipped)).rejects.toThrow(/speling/);
  });

  it('refuses two models of one id', async () => {
    shipped.models.push(shipped.models[0]);
    await expect(load(shipped)).rejects.toThrow(/"fp-ultraface" twice/);
  });

  it('says why a file cannot be read', async () => {
    await expect(loadCatalog(join(folder, 'none.json'))).rejects.toThrow(StartupError);
    await expect(load('{ not json')).rejects.toThrow(/Cannot read the model catalog .*catalog\.json/);
  });

  it('resolves the file of a model of the user against its own folder', async () => {
    shipped.models[0].source = { file: 'own/detector.onnx' };
    const { models } = await load(shipped);
    expect(models[0].source).toEqual({ file: join(folder, 'own/detector.onnx') });
  });

  it('refuses sizes of priors that do not go with the strides', async () => {
    (shipped.models[0].decoding as { strides: number[] }).strides.pop();
    await expect(load(shipped)).rejects.toThrow(/one list of minSizes per stride/);
  });

  it('gives the models that the configuration names, and names those there are instead of a missing one', async () => {
    const catalog = await loadCatalog(catalogFile);
    const ids = ConfigSchema.parse({}).models;
    expect(selectModels(catalog, ids).landmarker?.id).toBe('fp-landmark68');
    expect(() => selectModels(catalog, { ...ids, detector: 'fp-landmark68' })).toThrow(
      /only these: fp-ultraface/,
    );
  });

  it('needs no landmarker where the detector gives landmarks', async () => {
    const { version, licence, provenance, input } = shipped.models[0];
    const scrfd = { id: 'scrfd', task: 'detector', family: 'scrfd', source: { file: 'a.onnx' } };
    const decoding = { strides: [8], anchors: 2, maxIou: 0.4 };
    shipped.models.push({ ...scrfd, version, licence, provenance, input, decoding });
    const ids = { ...ConfigSchema.parse({}).models, detector: 'scrfd', landmarker: 'none' };
    expect(selectModels(await load(shipped), ids).landmarker).toBeUndefined();
  });

  it('selects a liveness model only where one is wanted, and then it must be there', async () => {
    const catalog = await loadCatalog(catalogFile);
    const ids = ConfigSchema.parse({}).models;
    expect(selectModels(catalog, ids)).not.toHaveProperty('liveness');
    expect(selectModels(catalog, ids, { liveness: true }).liveness?.id).toBe('fp-liveness');
    expect(() => selectModels(catalog, { ...ids, liveness: 'none' }, { liveness: true })).toThrow(
      /models\.liveness names "none", but the catalog has only these: fp-liveness/,
    );
  });

  it('refuses a liveness crop whose smallest scale is above its scale', async () => {
    const at = shipped.models.findIndex(({ task }) => task === 'liveness');
    shipped.models[at].crop = { scale: 2, minScale: 2.7 };
    await expect(load(shipped)).rejects.toThrow(/minScale must not be above scale/);
  });
});
