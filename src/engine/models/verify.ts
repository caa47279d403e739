import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { CatalogEntry } from '../../config/catalog.ts';
import { StartupError } from '../../domain/errors.ts';
import { modelFile, readManifest } from './manifest.ts';
import { sha256 } from './package-file.ts';

/** Checks that the prepared file of each entry is there and is what the catalog pins (or, for a model of the user's own, what was installed). Throws StartupError that says what to run. */
export async function verifyModels(options: {
  entries: readonly CatalogEntry[];
  dir: string;
}): Promise<void> {
  for (const entry of options.entries) {
    const problem = await problemOf(entry, options.dir);
    if (problem !== undefined)
      throw new StartupError(`The model ${entry.id} ${problem}; run "facegate models install".`);
  }
}

/** Whether the prepared file of an entry is there and right. */
export async function isInstalled(entry: CatalogEntry, dir: string): Promise<boolean> {
  return (await problemOf(entry, dir)) === undefined;
}

async function problemOf(entry: CatalogEntry, dir: string): Promise<string | undefined> {
  const file = modelFile(dir, entry);
  const found = await sha256OfFile(file).catch(() => undefined);
  if (found === undefined) return `is not installed (there is no ${file})`;
  if (entry.preparedSha256 !== undefined)
    return found === entry.preparedSha256 ? undefined : `is not the one that the catalog pins (${file})`;
  const manifest = await readManifest(dir, entry);
  if (manifest?.version !== entry.version || manifest.entrySha256 !== entrySha256(entry))
    return 'was prepared by another catalog entry';
  return found === manifest.preparedSha256 ? undefined : `was changed since it was installed (${file})`;
}

/** Fingerprint of how an entry prepares its file. */
export function entrySha256(entry: CatalogEntry): string {
  const { source, rewrites, input } = entry;
  const output = 'output' in entry ? entry.output : {};
  return sha256(Buffer.from(JSON.stringify({ source, rewrites, input, output })));
}

/** Piece by piece: the daemon would keep the room of a whole file long after it was read. */
async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
