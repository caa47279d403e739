import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dlibWeights } from '../../test/support/media.ts';
import { embedderEntry } from './catalog-entry.ts';
import { dlibNetwork } from './network.ts';
import { readTfjsWeights } from './tfjs-weights.ts';

/** Writes dlib's embedder as ONNX into `dir`, and beside it a catalog: that of `shippedCatalog` with this embedder in place of its own. Returns the catalog's path. */
export async function convertDlib(dir: string, shippedCatalog: string): Promise<string> {
  const { manifest, weights } = await dlibWeights();
  const tensors = readTfjsWeights(await readFile(manifest, 'utf8'), await readFile(weights));
  const entry = embedderEntry();
  const { models } = JSON.parse(await readFile(shippedCatalog, 'utf8')) as { models: { task: string }[] };
  const others = models.filter(({ task }) => task !== 'embedder');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, entry.source.file), dlibNetwork(tensors));
  const catalog = join(dir, 'catalog.json');
  await writeFile(catalog, `${JSON.stringify({ models: [...others, entry] }, null, 2)}\n`);
  return catalog;
}
